@network
Feature: The network of production
  Clusters lose their name server, and many have no way out at all.

  Scenario: The app starts without a name server
    Given no name resolves
    When the app starts
    Then the app is ready

  @smoke
  Scenario: The app starts where nothing outside can be reached
    Given the app cannot reach the outside
    When the app starts
    Then the app is ready

  Scenario: The pages work where nothing outside can be reached or found
    Given the app cannot reach the outside
    And no name resolves
    When the app starts
    And the app becomes ready all the same
    Then no page of the app is a server error

  @smoke
  Scenario: An app whose port is taken ends and says so
    Given the app's port is taken
    When the app starts
    Then the app ends and says why
