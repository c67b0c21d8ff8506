@configuration
Feature: Configuration
  Configuration is written by other people, at other times, for another
  environment. An app may refuse it; it must say what it wanted and what it found.

  Scenario Outline: <what>: the app starts or says why not
    Given <what>
    When the app starts
    Then the app is ready or says why it is not

    @smoke
    Examples: the usual ones
      | what                                                  |
      | the app's configuration file is missing               |
      | the app's configuration file is cut off in the middle |

    Examples: the file
      | what                                                          |
      | the app's configuration file is empty                         |
      | the app's configuration file is only partly filled in         |
      | the app's configuration file is a directory instead of a file |
      | the app's configuration file has Windows line endings         |
      | the app's configuration file begins with a byte order mark    |

    Examples: the variables
      | what                                           |
      | none of the app's environment variables is set |
      | all environment variables of the app are empty |
      | the app is told a port that is not a number    |
      | the address of redis has spaces around it      |
      | the address of redis is wrong                  |

  Scenario: A configuration that the app may not read is named
    Given the app runs as user 65532
    And the app's configuration file is unreadable
    When the app starts
    Then the app is ready or says why it is not

  Scenario: The app reads a Secret that belongs to its user
    Given the app runs as user 65532
    And the app's configuration file is a Secret of the app's user
    When the app starts
    Then the app is ready

  Scenario: The app reads its configuration from a ConfigMap
    Given the app's configuration directory is mounted as a ConfigMap
    When the app starts
    Then the app is ready

  Scenario: The app reads its configuration where one file alone is mounted
    Given the app's configuration file is mounted with subPath
    When the app starts
    Then the app is ready or says why it is not

  Scenario: A ConfigMap that is updated does not disturb the app
    Given the app's configuration directory is mounted as a ConfigMap
    And the app is ready
    When the app's ConfigMap is updated
    And the app's pages are visited
    Then the app keeps running
    And the app is ready

  Scenario: No secret is in the log of an app that refuses its configuration
    Given the app's configuration file is cut off in the middle
    When the app starts
    Then the app is ready or says why it is not
    And no secret is in the log
