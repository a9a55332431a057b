/// Σ aᵢ·bᵢ.
func dot(_ a: some Collection<Double>, _ b: some Collection<Double>) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}
