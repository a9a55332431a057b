internal import PairwiseData
internal import PairwiseTensor

/// Weights whose token table has more rows than the file: each new row is the mean of the file's, so that
/// a new token means nothing in particular.
struct GrownTable: WeightSource {
  let base: any WeightSource
  /// The table's name.
  let table: String
  /// Rows that it is to have.
  let rows: Int

  var path: String { base.path }
  var names: [String] { base.names }

  func shape(of name: String) -> [Int]? {
    guard let shape = base.shape(of: name) else { return nil }
    return name == table && shape.count == 2 ? [max(rows, shape[0]), shape[1]] : shape
  }

  func encoding(of name: String) -> TensorEncoding? { base.encoding(of: name) }

  func tensor(_ name: String) throws(DataError) -> Tensor {
    let tensor = try base.tensor(name)
    guard name == table, tensor.shape.rank == 2, tensor.shape[0] < rows else { return tensor }
    let (count, width) = (tensor.shape[0], tensor.shape[1])
    let known = tensor.array
    var sums = [Double](repeating: 0, count: width)
    for row in 0..<count {
      for column in 0..<width { sums[column] += Double(known[row * width + column]) }
    }
    let mean = sums.map { Float($0 / Double(max(1, count))) }
    return Tensor([rows, width], known + (count..<rows).flatMap { _ in mean })
  }
}
