@startup
Feature: Startup
  Production starts the app with fewer rights than a developer has. It must
  start all the same, or end and say what it misses.

  @smoke
  Scenario: The app starts as it is deployed
    When the app starts
    Then the app is ready
    And the app keeps running

  Scenario: Every page works as the app is deployed
    When the app is ready
    Then no page of the app is a server error

  @smoke
  Scenario: The app starts from another working directory, or says what it misses
    Given the working directory is /
    When the app starts
    Then the app is ready or its log names "directory or template or static or config or no such file"

  @smoke
  Scenario: The app starts without its first mount, or names it
    Given the app's first mount is missing
    When the app starts
    Then the app is ready or its log names the missing mount

  Scenario: The app starts where the binary alone was deployed, or says what it misses
    Given only the binary is deployed
    When the app starts
    Then the app is ready or says why it is not

  @smoke
  Scenario: The app starts again after it was killed
    Given the app is ready
    When the app is killed and started again
    Then the app is ready
    And no page of the app is a server error

  @costly
  Scenario: The app starts again after the node has lost it and Redis
    Given the app uses redis
    And the app is ready
    When redis restarts without its data
    And the app is killed and started again
    Then the app is ready
    And no page of the app is a server error
