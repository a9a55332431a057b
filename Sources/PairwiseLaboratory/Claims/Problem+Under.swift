internal import PairwiseConfig

extension Problem {
  /// The same problem with a section's name before its path.
  func under(_ section: String) -> Problem {
    .custom(path: path.isEmpty ? section : "\(section).\(path)", place: place, message: message)
  }
}
