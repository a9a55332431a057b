package import PairwiseAutodiff
package import PairwiseTensor

/// What is made of the distribution of a latent vector, `[n, L]` each.
package enum LatentVector {
  /// μ + e^{log σ²/2}·ε
  package static func drawn(_ mean: Variable, _ logVariance: Variable, noise: Tensor) -> Variable {
    mean + (logVariance / 2).exp() * Variable(constant: noise)
  }

  /// z at length √L; 0 stays 0.
  package static func scaled(_ z: Variable) -> Variable {
    let length = (z.squared().sumRows() + 1e-12).sqrt().reshaped([z.shape[0], 1])
    return z / length * Float(z.shape[1]).squareRoot()
  }
}
