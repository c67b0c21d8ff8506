@build
Feature: The binary
  The binary itself is asked what it is, not the command that built it.

  @smoke
  Scenario: The binary is what the cell asks for
    Then the binary is what the cell asks for

  Scenario: The binary is static
    Then the binary is static

  Scenario: The binary names its modules
    Then the binary names its modules
