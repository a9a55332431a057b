/// The small decision process that the segments of a file are of, as `/mdp` says.
public struct TabularProcess: Sendable, Equatable {
  public let states: Int
  public let actions: Int
  /// P(s′ | s, a), `[S, A, S]`.
  public let transition: [Double]
  /// r(s, a), `[S, A]`, where it is known.
  public let reward: [Double]?
  /// `[S]`: where an episode ends.
  public let isTerminal: [Bool]

  /// S²·A at most: what is solved in double precision at every step of a run.
  private static let maxNumbers = 1 << 22

  /// Nil for a file without a process.
  init?(_ file: HDF5File) throws(DataError) {
    guard let dataset = file.catalogue.dataset("mdp/transition") else { return nil }
    func wrong(_ path: String, _ message: String) -> DataError {
      DataError(.invalid, file: file.path, place: path, message)
    }
    guard dataset.element.isFloat, dataset.extents.count == 3,
      dataset.extents[0] == dataset.extents[2], dataset.extents.allSatisfy({ 1...4096 ~= $0 }),
      dataset.extents.reduce(1, *) <= TabularProcess.maxNumbers
    else {
      throw wrong(
        dataset.path,
        "expected numbers [states, actions, states], found \(dataset.element.name) \(dataset.shape)"
      )
    }
    (states, actions) = (dataset.extents[0], dataset.extents[1])
    transition = try file.cube(dataset)
    for row in 0..<states * actions {
      let chances = transition[row * states..<(row + 1) * states]
      guard chances.allSatisfy({ $0 >= 0 && $0 <= 1 }), abs(chances.reduce(0, +) - 1) <= 1e-9 else {
        throw wrong(
          "\(dataset.path) row \(row / actions)",
          "expected probabilities that add up to 1 of action \(row % actions)")
      }
    }
    reward = try TabularProcess.rewards(file, states, actions)
    isTerminal = try TabularProcess.ends(file, states)
  }

  private static func rewards(
    _ file: HDF5File, _ states: Int, _ actions: Int
  ) throws(DataError) -> [Double]? {
    guard let dataset = file.catalogue.dataset("mdp/reward") else { return nil }
    guard dataset.element.isFloat, dataset.extents == [states, actions] else {
      throw DataError(
        .invalid, file: file.path, place: dataset.path,
        "expected numbers [\(states), \(actions)], found \(dataset.element.name) \(dataset.shape)")
    }
    let rewards = try file.doubles(.range(0..<states), of: dataset)
    if let bad = rewards.firstIndex(where: { !$0.isFinite }) {
      throw DataError(
        .invalid, file: file.path, place: "\(dataset.path) row \(bad / actions)",
        "expected finite numbers, found \(rewards[bad])")
    }
    return rewards
  }

  private static func ends(_ file: HDF5File, _ states: Int) throws(DataError) -> [Bool] {
    guard let dataset = file.catalogue.dataset("mdp/terminal") else {
      return [Bool](repeating: false, count: states)
    }
    guard dataset.element.isInteger, dataset.extents == [states] else {
      throw DataError(
        .invalid, file: file.path, place: dataset.path,
        "expected integers [\(states)], found \(dataset.element.name) \(dataset.shape)")
    }
    let codes = try file.integers(.range(0..<states), of: dataset)
    if let bad = codes.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw DataError(
        .invalid, file: file.path, place: "\(dataset.path) row \(bad)",
        "expected 0 or 1, found \(codes[bad])")
    }
    return codes.map { $0 == 1 }
  }
}

extension PreferenceFile {
  /// The decision process that segments of this file are of; nil without one.
  ///
  /// - Throws: if its tables are no process.
  public func process() throws(DataError) -> TabularProcess? { try TabularProcess(file) }
}

extension HDF5File {
  /// All numbers of a dataset of three dimensions, row-major.
  ///
  /// - Throws: also where its chunks cut the rows of the first dimension.
  fileprivate func cube(_ dataset: HDF5Dataset) throws(DataError) -> [Double] {
    var flat = dataset
    flat.extents = [dataset.rows, dataset.width]
    if case .chunked(let extents, let table) = dataset.storage {
      guard extents.dropFirst() == dataset.extents.dropFirst() else {
        throw DataError(
          .invalid, file: path, place: dataset.path,
          "expected chunks of whole rows, found \(extents) of \(dataset.shape)")
      }
      flat.storage = .chunked(extents: [extents[0], dataset.width], table)
    }
    return try doubles(.range(0..<flat.rows), of: flat)
  }
}
