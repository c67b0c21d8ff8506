@redis
Feature: A Redis in trouble
  Redis is there and does not do what it should: it is full, it has failed over,
  it has lost its data, it is slow. The app may fail requests; it may not fall over.

  Background:
    Given the app uses redis

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

  @smoke
  Scenario: The app makes its connections anew
    Given the app is ready
    When the connections to redis are cut
    Then the app is ready within 15 s

  Scenario: The app survives the loss of what Redis held
    Given the app is ready
    When redis restarts without its data
    And the app's pages are visited
    Then the app is ready within 15 s

  @costly
  Scenario: The app survives a Redis that takes no more connections
    Given the app is ready
    When redis accepts no more connections
    And the app's pages are visited
    Then the app keeps running
    When redis comes back
    Then the app is ready within 15 s

  @costly
  Scenario: The pages still answer while Redis hangs
    Given the app is ready
    When redis hangs
    And the app's pages are visited
    Then the app keeps running
    When redis comes back
    Then the app is ready within 15 s

  @costly
  Scenario: The app survives a Redis that goes down again and again
    Given the app is ready
    When redis goes down
    And redis comes back
    And redis goes down
    And redis comes back
    Then the app is ready within 15 s
    And the app keeps running

  @costly
  Scenario: A slow Redis makes the app slow, and nothing else
    Given redis answers 50 ms late
    Then the app is ready within 15 s

  @costly
  Scenario: Connections that break off now and then do not end the app
    Given each connection to redis is cut after 4 KiB
    When the app starts
    And the app becomes ready all the same
    And the app's pages are visited
    And the app's pages are visited
    Then the app is ready within 15 s
    And the app keeps running
