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

  # A collector's parser meets the last lines too, and the lines of bad days.
  Scenario: The log is whole to its end
    When the app receives SIGTERM
    Then JSON logs are whole
    And each event is one log line

  @costly
  Scenario: The log is whole while Redis is away
    Given the app uses redis
    And the app is ready
    When redis goes down
    And the app's pages are visited
    Then JSON logs are whole
    And each event is one log line
    And no secret is in the log

  @costly
  Scenario: A Redis that stays away does not flood the log
    Given the app uses redis
    And the app is ready
    When redis goes down
    And 5 s pass
    Then the log has at most 1000 lines

  @costly
  Scenario: A refused password is not in the log
    Given redis wants another password than the app has
    When the app starts
    Then the app is ready or says why it is not
    And no secret is in the log
