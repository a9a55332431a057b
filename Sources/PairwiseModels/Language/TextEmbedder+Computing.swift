internal import CKernels
internal import PairwiseAutodiff
internal import PairwiseNN
public import PairwiseTensor

extension TextEmbedder {
  /// Vectors `[N, D]`, one for each end of each of the sequences, in their order.
  ///
  /// Sequences are computed without padding, those of like length together, every batch by one thread: it
  /// waits for no other, and its activations stay in its cache. Memory grows with the batches under way.
  ///
  /// - Parameters:
  ///   - batchTokens: tokens of a batch, at least 1; a longer sequence is a batch of its own. Vectors do not
  ///     depend on it.
  ///   - progress: called now and then with the rows computed so far.
  public func callAsFunction(
    _ sequences: [Sequences], batchTokens: Int = 1024, progress: (Int) -> Void = { _ in }
  ) -> Tensor {
    precondition(batchTokens >= 1, "embedder: batches of \(batchTokens) tokens")
    var places: [Int] = []
    var count = 0
    for sequence in sequences {
      places.append(count)
      count += sequence.ends.count
    }
    var result = Tensor(uninitialized: [count, width])
    let out = unsafe MutableRegion(result.mutablePointer())
    let batches = batches(sequences, batchTokens)
    let starts = places
    let wave = 8 * WorkerPool.shared.threads
    var (first, rows) = (0, 0)
    while first < batches.count {
      let range = first..<min(batches.count, first + wave)
      let now = batches[range]
      // Each batch writes the vectors of its own sequences.
      WorkerPool.shared.run(range.count) { index in
        let batch = now[now.startIndex + index]
        unsafe embed(batch.map { (sequences[$0], starts[$0]) }, into: out.base)
      }
      for batch in now { for index in batch { rows += sequences[index].rows } }
      progress(rows)
      first = range.upperBound
    }
    return result
  }

  /// Indices of sequences, longest first, cut into runs of at most `limit` rows.
  private func batches(_ sequences: [Sequences], _ limit: Int) -> [[Int]] {
    let order = sequences.indices.sorted {
      (sequences[$0].rows, $1) > (sequences[$1].rows, $0)
    }
    var batches: [[Int]] = []
    var room = 0
    for index in order {
      let rows = sequences[index].rows
      if batches.isEmpty || rows > room {
        batches.append([])
        room = limit
      }
      batches[batches.count - 1].append(index)
      room -= rows
    }
    return batches
  }

  /// Computes some sequences and writes the vectors of each from its row of `out` on.
  private func embed(
    _ batch: [(sequences: Sequences, row: Int)], into out: UnsafeMutablePointer<Float>
  ) {
    var segments: [(count: Int, prefix: Int?)] = []
    var ids: [Int32] = []
    var vectors: [(prefix: Int?, end: Int, row: Int)] = []
    for (sequences, row) in batch {
      let prefix = sequences.shared.isEmpty ? nil : segments.count
      if prefix != nil {
        segments.append((sequences.shared.count, nil))
        ids += sequences.shared
      }
      for (index, end) in sequences.ends.enumerated() {
        vectors.append((prefix, segments.count, row + index))
        segments.append((end.count, prefix))
        ids += end
      }
    }
    let layout = TokenLayout(segments)
    let weights = Weights(store)
    let hidden = transformer(
      TokenRows(ids: ids, layout: layout), weights, ForwardPass(activationBudget: .max / 2))
    let parts = layout.segments
    if pooling == .mean {
      let states = transformer.normalized(hidden, weights).value
      for vector in vectors {
        let runs = [vector.prefix, vector.end].compactMap { $0 }.map { parts[$0] }
        unsafe mean(states, runs, into: out + vector.row * width)
      }
    } else {
      let rows = vectors.map { vector in
        let part = parts[pooling == .cls ? vector.prefix ?? vector.end : vector.end]
        return Int32(pooling == .cls ? part.start : part.start + part.count - 1)
      }
      let states = transformer.normalized(hidden.rows(rows), weights).value
      for (place, vector) in vectors.enumerated() {
        unsafe (out + vector.row * width).update(
          from: states.pointer + place * width, count: width)
      }
    }
    if normalizes {
      for vector in vectors { unsafe normalize(out + vector.row * width) }
    }
  }

  /// Row by row in the order of the text, so that it is the same whether a start is shared or not.
  private func mean(
    _ states: Tensor, _ runs: [TokenLayout.Segment], into out: UnsafeMutablePointer<Float>
  ) {
    unsafe out.update(repeating: 0, count: width)
    for run in runs {
      unsafe pw_sum_columns_accumulate(
        out, states.pointer + run.start * width, run.count, width)
    }
    let count = Float(runs.reduce(0) { $0 + $1.count })
    for i in 0..<width { unsafe out[i] /= count }
  }

  /// Divides by the Euclidean length; as in torch a length below 10⁻¹² counts as that.
  private func normalize(_ vector: UnsafeMutablePointer<Float>) {
    var squares = 0.0
    for i in 0..<width { unsafe squares += Double(vector[i]) * Double(vector[i]) }
    let length = Float(max(squares.squareRoot(), 1e-12))
    for i in 0..<width { unsafe vector[i] /= length }
  }
}
