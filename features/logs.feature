@logs
Feature: Logs
  What the app does not write to stdout or stderr, nobody will read.

  @smoke
  Scenario: The app logs where the engine collects it
    When the app's pages are visited
    Then the app logs to stdout or stderr

  @smoke
  Scenario: JSON logs stay JSON
    When the app's pages are visited
    Then JSON logs are whole

  Scenario: A healthy app does not cry for help
    When the app's pages are visited
    Then no log line is above the level warn

  @smoke
  Scenario: No secret is in the log
    When the app's pages are visited
    Then no secret is in the log

  Scenario: Nothing is written to the root file system
    When the app's pages are visited
    Then nothing was written to the root file system

  Scenario: The log is for machines and not for terminals
    When the app's pages are visited
    Then the log has no colour codes
    And each event is one log line

  Scenario: Gin runs as in production
    When the app's pages are visited
    Then gin runs in release mode
    And gin does not trust every proxy

  Scenario: No log file is left inside the container
    When the app's pages are visited
    Then no log file was written inside the container
