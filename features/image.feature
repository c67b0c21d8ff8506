@image
Feature: The image
  The same binary goes onto whatever image the platform team approves of: one
  that holds nothing, one with another C library, one without a shell.

  @smoke
  Scenario: The app runs on scratch
    Given the app is put on the base scratch
    When the app starts
    Then the app is ready

  Scenario Outline: The pages work on the base <base>
    Given the app is put on the base <base>
    When the app is ready
    Then no page of the app is a server error
    And every asset of the app's pages loads

    @costly
    Examples: another C library
      | base   |
      | debian |
      | musl   |

  @costly
  Scenario: The app runs without a shell beside it
    Given the app is put on the base debian
    And the image has no shell
    When the app starts
    Then the app is ready

  Scenario: The app starts without CA certificates, or says what it cannot verify
    Given the image has no CA certificates
    When the app starts
    Then the app is ready or says why it is not

  Scenario: The app runs where everything that images carry is missing
    Given there is no /tmp
    And the image has no CA certificates
    And the image has no time zones
    When the app starts
    Then the app is ready or says why it is not
