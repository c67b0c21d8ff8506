@identity
Feature: Identity and rights
  Clusters give the app a user that nobody has heard of, and take every right
  away that it does not ask for. A server that serves pages needs none.

  @smoke
  Scenario: The app starts as a user without a name
    Given the app runs as user 65532
    When the app starts
    Then the app is ready

  Scenario: The app starts as any user with group 0
    Given the app runs as user 1000770000 with group 0
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

  @smoke
  Scenario: The app starts hardened in every way at once
    Given the app runs as user 65532
    And the root file system is read-only
    And all capabilities are dropped
    And no new privileges are allowed
    When the app starts
    Then the app is ready

  Scenario: The pages work where the app is hardened in every way at once
    Given the app runs as user 65532
    And the root file system is read-only
    And a tmpfs is mounted at /tmp
    And all capabilities are dropped
    And no new privileges are allowed
    And HOME is not set
    When the app starts
    And the app becomes ready all the same
    Then no page of the app is a server error
    And every asset of the app's pages loads through nginx

  # To listen on port 80 is a right on plain hosts, and was one in clusters.
  Scenario: The app starts where low ports are a right, or says that it has none
    Given the app runs as user 65532
    And ports below 1024 are privileged
    When the app starts
    Then the app is ready or its log names "permission denied or bind or listen"

  # Such an engine refuses what a new C library takes for granted.
  Scenario: The app starts on an engine of some years ago, or says why not
    Given the seccomp profile is old-engine
    When the app starts
    Then the app is ready or says why it is not

  Scenario Outline: The app starts where the system call is refused, or says so (<profile>)
    Given the seccomp profile is <profile>
    When the app starts
    Then the app is ready or says why it is not

    Examples:
      | profile    |
      | no-inotify |
      | no-chmod   |
