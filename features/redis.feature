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

  @smoke
  Scenario: The app survives a Redis that goes down and comes back
    Given the app uses redis
    And the app is ready
    When redis goes down
    And the app's pages are visited
    Then the app keeps running
    When redis comes back
    Then the app is ready within 15 s

  @costly
  Scenario: The app waits for a Redis that comes up late
    Given redis comes up 3 s late
    When the app starts
    And the app stays up without it
    Then the app is ready within 15 s

  @costly
  Scenario: The app waits for a Redis that loads its data
    Given redis is loading its data for 3 s
    When the app starts
    And the app stays up without it
    Then the app is ready within 15 s

  @costly
  Scenario: A Redis that hangs does not hang the app
    Given redis hangs
    When the app starts
    And the app stays up without it
    And redis comes back
    Then the app is ready within 15 s

  Scenario: The app uses the password that it is given
    Given redis wants a password
    Then the app is ready or its log names "NOAUTH or password or REDIS_PASSWORD"

  @costly
  Scenario: A wrong password is named in the log
    Given redis wants another password than the app has
    When the app starts
    Then the app is ready or its log names "WRONGPASS or password"

  @costly
  Scenario: A missing password is named in the log
    Given redis wants a password that the app does not have
    When the app starts
    Then the app is ready or its log names "NOAUTH or password or authentication"

  @costly
  Scenario: The app starts while Redis takes no more connections, or says so
    Given redis accepts no more connections
    When the app starts
    Then the app is ready or says why it is not

  @costly
  Scenario: The app starts while Redis has lost its master, or says so
    Given redis has lost its master
    When the app starts
    Then the app is ready or says why it is not
