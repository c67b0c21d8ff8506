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

  Scenario: SIGTERM ends the app as a user without a name on a read-only root
    Given the app runs as user 65532
    And the root file system is read-only
    And all capabilities are dropped
    When the app starts
    And the app becomes ready all the same
    And the app receives SIGTERM
    Then the app ends in time with code 0

  @costly
  Scenario Outline: SIGTERM ends the app in time while redis <state>
    Given the app uses redis
    And the app is ready
    When redis <state>
    And the app receives SIGTERM
    Then the app ends in time with code 0

    Examples: it must not wait for an answer that never comes
      | state     |
      | goes down |
      | hangs     |
