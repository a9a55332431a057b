internal import PairwiseAutodiff
internal import PairwiseNN
internal import PairwiseTensor

/// From sets of labelled pairs to the mean and log variance of who labelled them.
struct LatentEncoder: Sendable {
  private let options: VariationalHeadOptions
  private let reading: Reading

  private enum Reading {
    /// From the two completions of a pair to its code, `[2W]` → `[L]`; self-attention over the codes of a set and
    /// their mean; from there to both results.
    case mlp(
      code: [Linear], query: Linear, key: Linear, value: Linear, mean: Linear, spread: Linear)
    /// The sum over a set of what each pair's difference says, and a bias `[L]`.
    case linear(bias: Parameter, spread: Linear)
  }

  init(_ options: VariationalHeadOptions, _ builder: inout ParameterBuilder) {
    self.options = options
    let (hidden, latent) = (options.hidden, options.latent)
    switch options.encoder {
    case .mlp:
      reading = .mlp(
        code: [
          builder.linear("encoder.0", 2 * hidden, hidden),
          builder.linear("encoder.2", hidden, hidden),
          builder.linear("encoder.4", hidden, latent),
        ],
        query: builder.linear("query", latent, latent, bias: false),
        key: builder.linear("key", latent, latent, bias: false),
        value: builder.linear("value", latent, latent, bias: false),
        mean: builder.linear("mean", latent, latent),
        spread: builder.linear("log_variance", latent, latent))
    case .linear:
      reading = .linear(
        bias: builder.add("mean.bias", [latent], .zeros, decays: false),
        spread: builder.linear("log_variance", latent, latent))
    }
  }

  /// - Parameters:
  ///   - rows: `[2c, W]`, chosen before rejected, of the pairs of all sets one after the other.
  ///   - offsets: `[n + 1]`, where each set begins.
  /// - Returns: `[n, L]` each; what is said of an empty set means nothing.
  func callAsFunction(_ rows: Variable, _ offsets: [Int32], _ weights: Weights) -> (
    mean: Variable, logVariance: Variable
  ) {
    switch reading {
    case .mlp(let layers, let query, let key, let value, let mean, let spread):
      let both = rows.sliced(axis: 1, options.columns.hidden)
      var codes = both.reshaped([both.shape[0] / 2, 2 * both.shape[1]])
      for (index, layer) in layers.enumerated() {
        codes = layer(index == 0 ? codes : codes.leaky(), weights)
      }
      let (q, k, v) = (query(codes, weights), key(codes, weights), value(codes, weights))
      let scale = 1 / Float(options.latent).squareRoot()
      let means = perSet(offsets) { own in
        let attention = (q.rows(own).matmul(k.rows(own).transposed()) * scale).softmax()
        return total(attention.matmul(v.rows(own)), times: 1 / Float(own.count))
      }
      return (mean(means, weights), spread(means, weights))
    case .linear(let bias, let spread):
      let codes = rows.sliced(axis: 1, options.columns.codes)
      let differences = codes.strided(from: 0, by: 2) - codes.strided(from: 1, by: 2)
      // A sum, not a mean: the more pairs say the same, the surer it is.
      let sums = perSet(offsets) { total(differences.rows($0), times: 1) }
      return (sums.adding(bias: weights[bias]), spread(sums, weights))
    }
  }

  /// `[n, L]`: one row for each set, 0 for empty ones.
  private func perSet(_ offsets: [Int32], _ row: ([Int32]) -> Variable) -> Variable {
    let sets = zip(offsets, offsets.dropFirst()).map { first, end in
      first == end
        ? Variable(constant: .zeros([1, options.latent])) : row((first..<end).map { $0 })
    }
    return .concatenated(sets, axis: 0)
  }

  /// The sum of rows times a number, as a product so that its gradient stays within the set.
  private func total(_ rows: Variable, times factor: Float) -> Variable {
    Variable(constant: Tensor(repeating: factor, [1, rows.shape[0]])).matmul(rows)
  }
}

extension ParameterBuilder {
  /// A dense layer under a name.
  mutating func linear(_ name: String, _ inputs: Int, _ outputs: Int, bias: Bool = true) -> Linear {
    scoped(name) { Linear(in: inputs, out: outputs, bias: bias, &$0) }
  }
}
