internal import Dispatch
internal import PairwiseAutodiff
public import PairwiseData
internal import PairwiseModels
internal import Synchronization

/// Serves the batches of a `BatchOrder`, holding one window of prepared pairs and loading the next one
/// ahead on another thread. A class because it owns that work under way.
public final class BatchStream {
  private struct Key: Hashable {
    var epoch: Int
    var window: Int
  }

  /// Prepared pairs of one window and the order in which they are served.
  private struct Window: Sendable {
    var batch: Batch
    /// For each position of the window, the pair's place in `batch`.
    var order: [Int32]
    /// Places of every annotator's pairs, where labelled pairs are drawn.
    var owners: [Int32: [Int]] = [:]
  }

  /// A window being loaded elsewhere.
  private final class Loading: Sendable {
    private let result = Mutex<Result<Window, DataError>?>(nil)
    private let ready = DispatchSemaphore(value: 0)

    init(_ load: @escaping @Sendable () throws(DataError) -> Window) {
      DispatchQueue.global().async {
        let outcome: Result<Window, DataError>
        do throws(DataError) { outcome = .success(try load()) } catch { outcome = .failure(error) }
        self.result.withLock { $0 = outcome }
        self.ready.signal()
      }
    }

    /// Waits for the window. To be called once.
    func take() throws(DataError) -> Window {
      ready.wait()
      let outcome = result.withLock { $0.take() }
      guard let outcome else { preconditionFailure("batch stream: a window was taken twice") }
      return try outcome.get()
    }
  }

  public let pairs: PairSet
  public let order: BatchOrder
  private let contexts: ContextDraw?
  private var windows: [Key: Window] = [:]
  private var loading: (key: Key, work: Loading)?

  public init(_ pairs: PairSet, order: BatchOrder) {
    precondition(order.count == pairs.count, "batch stream: order of another length")
    self.pairs = pairs
    self.order = order
    contexts = ContextDraw(pairs.reader.context, seed: order.seed)
  }

  /// The pairs of a step (from 0). Steps are cheapest in ascending order, but any may be asked for.
  public func batch(ofStep step: Int) throws(DataError) -> Batch {
    var picks: [(input: Int, pair: Int)] = []
    picks.reserveCapacity(order.batchSize)
    var used: [Key] = []
    for (epoch, positions) in order.positions(ofStep: step) {
      var position = positions.lowerBound
      while position < positions.upperBound {
        let key = Key(epoch: epoch, window: position / order.window)
        try open(key)
        let first = key.window * order.window
        let end = min(positions.upperBound, first + order.window)
        let served = windows[key]?.order ?? []
        for place in served[position - first..<end - first] {
          picks.append((used.count, Int(place)))
        }
        used.append(key)
        position = end
      }
    }
    let batches = used.compactMap { windows[$0]?.batch }
    var result = Batch.gathered(picks, from: batches)
    if let contexts {
      let owners = used.compactMap { windows[$0]?.owners }
      result = contexts.given(to: result, at: picks, of: batches, owners: owners, step: step)
    }
    for key in windows.keys where !used.contains(key) { windows[key] = nil }
    if let last = used.last { startLoading(after: last) }
    return result
  }

  // MARK: Windows

  private func open(_ key: Key) throws(DataError) {
    if windows[key] != nil { return }
    if let (under, work) = loading, under == key {
      loading = nil
      windows[key] = try work.take()
    } else if order.windowsPerEpoch == 1, let any = windows.values.first {
      // All pairs are here already: only their order changes with the epoch.
      windows[key] = Window(
        batch: any.batch, order: order.pairs(epoch: key.epoch, window: 0), owners: any.owners)
    } else {
      windows[key] = try BatchStream.load(pairs, order, key)
    }
  }

  private func startLoading(after key: Key) {
    guard order.windowsPerEpoch > 1, loading == nil else { return }
    let next =
      key.window + 1 < order.windowsPerEpoch
      ? Key(epoch: key.epoch, window: key.window + 1) : Key(epoch: key.epoch + 1, window: 0)
    let (pairs, order) = (pairs, order)
    loading = (next, Loading { () throws(DataError) in try BatchStream.load(pairs, order, next) })
  }

  /// Reads a window's pairs in ascending order, which is how files are read fastest.
  private static func load(_ pairs: PairSet, _ order: BatchOrder, _ key: Key) throws(DataError)
    -> Window
  {
    let served = order.pairs(epoch: key.epoch, window: key.window)
    func window(_ batch: Batch, _ order: [Int32]) -> Window {
      let owners = pairs.reader.context.most > 0 ? ContextDraw.owners(of: batch) : [:]
      return Window(batch: batch, order: order, owners: owners)
    }
    if order.windowsPerEpoch == 1 {
      return window(try pairs.read(Array(0..<order.count)), served)
    }
    let byPair = served.indices.sorted { served[$0] < served[$1] }
    var places = [Int32](repeating: 0, count: served.count)
    for (place, position) in byPair.enumerated() { places[position] = Int32(place) }
    let batch = try pairs.read(byPair.map { Int(served[$0]) })
    return window(batch, places)
  }
}

extension Batch {
  /// Pairs picked from several batches, in the given order.
  static func gathered(_ picks: [(input: Int, pair: Int)], from batches: [Batch]) -> Batch {
    var columns: [PairColumn: [Float]] = [:]
    for column in batches[0].columns.keys {
      let sources = batches.map { $0.columns[column] ?? [] }
      let width = sources[0].count / batches[0].count
      columns[column] =
        width == 1
        ? picks.map { sources[$0.input][$0.pair] }
        : picks.flatMap { sources[$0.input][$0.pair * width..<($0.pair + 1) * width] }
    }
    var gathered = Batch(
      input: ModelInput.gathered(picks, from: batches.map(\.input)), columns: columns,
      rows: picks.map { batches[$0.input].rows[$0.pair] })
    (gathered.matrices, gathered.plan) = (batches[0].matrices, batches[0].plan)
    if batches[0].referenceTokens != nil {
      var runs = TokenRuns()
      for pick in picks {
        if let known = batches[pick.input].referenceTokens { runs.append(known[pick.pair]) }
      }
      gathered.referenceTokens = runs
    }
    return gathered
  }
}
