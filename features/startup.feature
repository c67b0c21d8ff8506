@startup
Feature: Startup
  Production starts the app with fewer rights than a developer has. It must
  start all the same, or end and say what it misses.

  @smoke
  Scenario: The app starts as it is deployed
    When the app starts
    Then the app is ready
    And the app keeps running

  @smoke
  Scenario: The app starts as a user without a name
    Given the app runs as user 65532
    When the app starts
    Then the app is ready

  Scenario: The app starts as any user with group 0
    Given the app runs as user 1000770000 with group 0
    When the app starts
    Then the app is ready

  @smoke
  Scenario: The app starts on a read-only root file system
    Given the root file system is read-only
    When the app starts
    Then the app is ready

  Scenario: The app starts without capabilities
    Given all capabilities are dropped
    When the app starts
    Then the app is ready

  Scenario: The app starts where privileges cannot be raised
    Given no new privileges are allowed
    When the app starts
    Then the app is ready

  Scenario: The app starts hardened in every way at once
    Given the app runs as user 65532
    And the root file system is read-only
    And all capabilities are dropped
    And no new privileges are allowed
    When the app starts
    Then the app is ready

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
