internal import Glibc
internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseTensor

extension GGUFModel {
  func rotaryBase() throws(DataError) -> Double { try number("rope.freq_base") ?? 10_000 }

  /// `rope_scaling` of the config: null, linear, or Llama 3's.
  ///
  /// GGUF holds Llama 3's scaling as one factor a frequency, computed when the file was made; the parameters
  /// are found again by trying those in use.
  func rotaryScaling(width: Int) throws(DataError) -> ConfigNode {
    if file.shape(of: GGUFModel.rotaryFactors) != nil { return try llama3Scaling(width: width) }
    switch file[key("rope.scaling.type")]?.string ?? "none" {
    case "none": return ConfigNode(.null)
    case "linear":
      guard let factor = try number("rope.scaling.factor"), factor != 1 else {
        return ConfigNode(.null)
      }
      return ConfigNode(
        .table([
          .init(key: "rope_type", value: "linear".configNode),
          .init(key: "factor", value: factor.configNode),
        ]))
    case let other:
      throw failure(
        key("rope.scaling.type"), "'\(other)' is not supported, expected none or linear")
    }
  }

  private func llama3Scaling(width: Int) throws(DataError) -> ConfigNode {
    let factors = try file.tensor(GGUFModel.rotaryFactors).array
    guard let first = factors.first, let last = factors.last, factors.count == width / 2,
      factors.allSatisfy({ $0.isFinite && $0 >= 1 })
    else {
      throw DataError(
        .invalid, file: file.path, place: "tensor '\(GGUFModel.rotaryFactors)'",
        "expected \(width / 2) factors ≥ 1")
    }
    if factors.allSatisfy({ $0 == 1 }) { return ConfigNode(.null) }
    let base = try rotaryBase()
    for context in [8192, 4096, 2048, 16_384, 32_768] where first == 1 {
      let scaling = Llama3Scaling(factor: Double(last), originalContext: context)
      // Float32 rounds the factors to 6e-8 of themselves.
      let isIt = zip(factors, scaling.factors(base: base, width: width)).allSatisfy {
        abs(Double($0) - $1) <= 1e-5 * $1
      }
      if isIt { return scaling.node }
    }
    throw DataError(
      .invalid, file: file.path, place: "tensor '\(GGUFModel.rotaryFactors)'",
      "the factors are not those of Llama 3's scaling for an original context of 2048 to 32768")
  }
}

/// Llama 3's rule for stretching the context: slow frequencies are divided, fast ones stay.
///
/// - Source: Llama 3.1's `apply_scaling`, as transformers' `_compute_llama3_parameters` has it.
private struct Llama3Scaling {
  var factor: Double
  var originalContext: Int
  let low = 1.0
  let high = 4.0

  /// What each of the `width / 2` frequencies is divided by.
  func factors(base: Double, width: Int) -> [Double] {
    (0..<width / 2).map { i in
      let wavelength = 2 * Double.pi * pow(base, Double(2 * i) / Double(width))
      let turns = Double(originalContext) / wavelength
      if turns > high { return 1 }
      if turns < low { return factor }
      let smooth = (turns - low) / (high - low)
      return 1 / ((1 - smooth) / factor + smooth)
    }
  }

  var node: ConfigNode {
    ConfigNode(
      .table([
        .init(key: "rope_type", value: "llama3".configNode),
        .init(key: "factor", value: factor.configNode),
        .init(key: "low_freq_factor", value: low.configNode),
        .init(key: "high_freq_factor", value: high.configNode),
        .init(key: "original_max_position_embeddings", value: originalContext.configNode),
      ]))
  }
}
