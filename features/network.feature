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

  Scenario: An app whose port is taken ends and says so
    Given the app's port is taken
    When the app starts
    Then the app is ready or its log names "address already in use"
