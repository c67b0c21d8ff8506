@filesystem
Feature: The file system
  What lies in the container is lost with it, and often cannot be written to.
  Disks fill up; what was copied into the image on a laptop is not all there.

  @smoke
  Scenario: The app starts on a read-only root file system
    Given the root file system is read-only
    When the app starts
    Then the app is ready

  Scenario: The pages work on a read-only root file system with a writable /tmp
    Given the root file system is read-only
    And a tmpfs is mounted at /tmp
    When the app starts
    And the app becomes ready all the same
    Then no page of the app is a server error

  @smoke
  Scenario: Nothing is written to the root file system
    When the app's pages are visited
    Then nothing was written to the root file system

  Scenario: The app starts without a /tmp, or says that it needs one
    Given there is no /tmp
    When the app starts
    Then the app is ready or its log names "tmp or temp or no such file"

  Scenario: The app starts where nothing in /tmp can be run, or says so
    Given programs cannot be run from /tmp
    When the app starts
    Then the app is ready or says why it is not

  Scenario: A full /tmp does not end the app
    Given the disk at /tmp is full
    When the app starts
    And the app becomes ready all the same
    And the app's pages are visited
    Then the app keeps running

  Scenario Outline: <what>: the app starts or says why not
    Given <what>
    When the app starts
    Then the app is ready or says why it is not

    Examples: what the image should hold
      | what                                    |
      | the app's static directory is missing   |
      | the app's template directory is missing |

    Examples: what the deployment should mount
      | what                                                 |
      | the app's data directory is mounted read-only        |
      | the disk at the app's data directory is full         |
      | programs cannot be run from the app's data directory |

  Scenario: The app starts where its data belongs to root, or says so
    Given the app runs as user 65532
    And the app's data directory belongs to user 0 and group 0
    When the app starts
    Then the app is ready or says why it is not

  Scenario: Pages that lack their static files do not end the app
    Given the app's static directory is missing
    When the app starts
    And the app becomes ready all the same
    And the app's pages are visited
    Then the app keeps running

  Scenario: The static files are read and never written
    Given the app's static directory is mounted read-only
    When the app is ready
    Then every asset of the app's pages loads
