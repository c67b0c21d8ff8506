@static
Feature: Static files
  Static files are the first thing that a deployment loses: a path that depends
  on the working directory, files that are not in the image, a wrong prefix.

  @smoke
  Scenario: Every asset of the pages loads
    When the app is ready
    Then every asset of the app's pages loads

  @smoke
  Scenario: Every asset of the pages loads through nginx
    When the app is ready
    Then every asset of the app's pages loads through nginx

  Scenario: Assets load for a user without a name on a read-only root
    Given the app runs as user 65532
    And the root file system is read-only
    When the app is ready
    Then every asset of the app's pages loads

  @smoke
  Scenario: Every asset of the pages loads from another working directory
    Given the working directory is /
    When the app starts
    And the app becomes ready all the same
    Then every asset of the app's pages loads

  @smoke
  Scenario: A missing asset is a 404
    When the app is ready
    Then a missing asset is answered with 404

  Scenario: A missing asset is a 404 through nginx
    When the app is ready
    Then a missing asset is answered with 404 through nginx

  Scenario: The pages are the same on both roads
    When the app is ready
    Then the app's pages are the same through nginx

  Scenario: The assets are the same on both roads
    When the app is ready
    Then every asset of the app's pages is the same through nginx

  @costly
  Scenario: Every asset loads while Redis is down
    Given the app uses redis
    And the app is ready
    When redis goes down
    Then every asset of the app's pages loads
