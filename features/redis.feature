@redis
Feature: Redis comes and goes
  A service beside the app is down now and then. That must not take the app
  with it, and nobody should have to restart the app afterwards.

  @smoke
  Scenario: The app starts while Redis is down, or says so
    Given redis is down
    When the app starts
    Then the app is ready or its log names "redis or 6379"

  @smoke
  Scenario: The app becomes ready when Redis comes back
    Given redis is down
    When the app starts
    And the app stays up without it
    And redis comes back
    Then the app is ready within 15 s

  Scenario: The app survives a Redis that goes down and comes back
    Given the app uses redis
    And the app is ready
    When redis goes down
    And the app's pages are visited
    Then the app keeps running
    When redis comes back
    Then the app is ready within 15 s

  Scenario: The app waits for a Redis that comes up late
    Given redis comes up 3 s late
    When the app starts
    And the app stays up without it
    Then the app is ready within 15 s

  Scenario: The app waits for a Redis that loads its data
    Given redis is loading its data for 3 s
    When the app starts
    And the app stays up without it
    Then the app is ready within 15 s

  Scenario: A Redis that hangs does not hang the app
    Given redis hangs
    When the app starts
    And the app stays up without it
    And redis comes back
    Then the app is ready within 15 s

  Scenario: The app uses the password that it is given
    Given redis wants a password
    Then the app is ready or its log names "NOAUTH or password or REDIS_PASSWORD"

  Scenario: A wrong password is named in the log
    Given redis wants another password than the app has
    When the app starts
    Then the app is ready or its log names "WRONGPASS or password"

  Scenario: The app survives a Redis that is out of memory
    Given the app is ready
    When redis is out of memory
    And the app's pages are visited
    Then the app keeps running

  Scenario: The app survives a Redis that became a read-only replica
    Given the app is ready
    When redis is a read-only replica
    And the app's pages are visited
    Then the app keeps running
    When redis comes back
    Then the app is ready within 15 s

  Scenario: The app makes its connections anew
    Given the app uses redis
    And the app is ready
    When the connections to redis are cut
    Then the app is ready within 15 s

  Scenario: The app survives the loss of what Redis held
    Given the app uses redis
    And the app is ready
    When redis restarts without its data
    And the app's pages are visited
    Then the app is ready within 15 s

  Scenario: A slow Redis makes the app slow, and nothing else
    Given redis answers 50 ms late
    Then the app is ready within 15 s
