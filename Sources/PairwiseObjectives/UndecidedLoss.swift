internal import Glibc

// What a loss is of a pair about which the model is undecided: the level that a curve of it is compared with.
extension Double {
  static let ln2 = 0.6931471805599453

  /// log(1 + eˣ), the loss at a target margin x.
  static func softplus(_ x: Float) -> Double {
    let x = Double(x)
    return max(x, 0) + Glibc.log1p(Glibc.exp(-abs(x)))
  }

  static func twoToThe(_ x: Float) -> Double { Glibc.exp2(Double(x)) }
}

extension Objective {
  public var undecidedLoss: Double? { nil }
}

extension WeightedSum {
  public var undecidedLoss: Double? {
    var sum = 0.0
    for part in parts {
      guard let loss = part.objective.undecidedLoss else { return nil }
      sum += Double(part.weight) * loss
    }
    return sum
  }
}

extension CPO {
  public var undecidedLoss: Double? {
    guard reductionOfNLL == nil else { return nil }
    switch loss {
    case .sigmoid: return .ln2
    case .hinge: return 1
    case .ipo: return 0.25 / (Double(beta) * Double(beta))
    }
  }
}
