internal import PairwiseTraining
internal import Synchronization

/// The trials of a comparison's problems: each is drawn once, by whoever needs it first, and let go when its
/// last run is done. A class because the runs share it.
final class TrialShelf: Sendable {
  /// A trial that is drawn, or about to be.
  private final class Place: Sendable {
    let trial = Mutex<Result<Drawn, any Error>?>(nil)
  }

  struct Drawn: Sendable {
    let trial: Trial
    let data: DataFile
    let references = ReferenceShelf()
  }

  private let problems: [any ToyProblem]
  private let places: Mutex<[Int: (place: Place, left: Int)]>

  /// - Parameter runs: how many runs each problem has, by its index.
  init(_ problems: [any ToyProblem], runs: [Int: Int]) {
    self.problems = problems
    places = Mutex(runs.mapValues { (Place(), $0) })
  }

  /// The trial of a problem; waits while another thread draws it.
  func open(_ index: Int) throws -> Drawn {
    guard let place = places.withLock({ $0[index]?.place }) else {
      preconditionFailure("trial shelf: problem \(index) is done")
    }
    return try place.trial.withLock { known in
      if let known { return try known.get() }
      guard let problem = problems[index] as? any ComparableProblem else {
        preconditionFailure("trial shelf: \(type(of: problems[index]).name) has no trials")
      }
      let result = Result<Drawn, any Error> {
        let trial = try problem.trial()
        return Drawn(
          trial: trial, data: DataFile(type(of: problem).name, holding: trial.pairs))
      }
      known = result
      return try result.get()
    }
  }

  /// To be called when a run of the problem is done.
  func close(_ index: Int) {
    places.withLock { places in
      guard let (place, left) = places[index] else { return }
      places[index] = left > 1 ? (place, left - 1) : nil
    }
  }
}
