@shutdown
Feature: Shutdown
  Every deployment begins with stopping the version before it.

  @smoke
  Scenario: SIGTERM ends the app in time
    When the app receives SIGTERM
    Then the app ends in time with code 0

  Scenario: SIGINT ends the app in time
    When the app receives SIGINT
    Then the app ends in time with code 0

  @smoke
  Scenario: SIGTERM does not cut off requests under way
    When the app receives SIGTERM while requests for / are under way
    Then no request under way was cut off
    And the app ends in time with code 0
