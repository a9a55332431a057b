import ArgumentParser
import Glibc
import Pairwise

/// Exit codes as `sysexits.h` has them, and what every error means in them.
enum Failure {
  static let usage: Int32 = 64
  static let data: Int32 = 65
  static let missingInput: Int32 = 66
  static let `internal`: Int32 = 70
  static let cannotCreate: Int32 = 73
  static let inputOutput: Int32 = 74
  static let config: Int32 = 78
  static let numericalStop: Int32 = 80

  /// Prints the error on standard error and ends the process.
  static func exit(_ error: any Error, from command: any ParsableCommand.Type) -> Never {
    guard let code = code(of: error) else {
      // The argument parser knows its own errors and requests for help; the rest is our mistake.
      if command.exitCode(for: error) != .failure { command.exit(withError: error) }
      report(error)
      Glibc.exit(`internal`)
    }
    report(error)
    Glibc.exit(code)
  }

  /// Prints an error: one line, or one for each problem of a config.
  static func report(_ error: any Error) {
    guard error is ConfigError else { return Terminal.error("\(error)") }
    for problem in "\(error)".split(separator: "\n") { Terminal.error(String(problem)) }
  }

  /// The exit code of an error of ours; nil for those of the argument parser.
  private static func code(of error: any Error) -> Int32? {
    switch error {
    case let error as DataError: code(of: error.kind)
    case let error as ConfigError: error.kind == .invalid ? config : missingInput
    case let error as RunError: error.exitCode
    case is NumericalStop: numericalStop
    case is ObjectiveError, is EvaluationError: data
    default: nil
    }
  }

  private static func code(of kind: DataError.Kind) -> Int32 {
    switch kind {
    case .invalid: data
    case .missing: missingInput
    case .cannotCreate: cannotCreate
    case .inputOutput: inputOutput
    }
  }
}
