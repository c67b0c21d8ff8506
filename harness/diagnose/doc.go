// Package diagnose reads a bundle of evidence and names the cause of the failure.
package diagnose
