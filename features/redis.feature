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
