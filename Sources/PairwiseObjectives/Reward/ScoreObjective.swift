internal import PairwiseAutodiff
internal import PairwiseTensor

/// An objective that trains a reward model with one score per completion on pairs. Conforming leaves the
/// parameters and `losses` to be written.
public protocol ScoreObjective: Objective {}

extension ScoreObjective {
  public var inputs: [InputSpec] { InputSpec.scores }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRewards(chosen: x.chosenScores.value, rejected: x.rejectedScores.value)
  }
}

extension InputSpec {
  /// Rewards of both sides, `[B]` each.
  static let scores: [InputSpec] = [.computed(.chosenScores), .computed(.rejectedScores)]
}

extension InputName {
  /// What the last hidden layer makes of the chosen completion, `[B, H]`.
  public static let chosenStates: InputName = "chosen_states"
  /// The same of the rejected one.
  public static let rejectedStates: InputName = "rejected_states"

  /// The same input of a second pass under another dropout mask.
  var again: InputName { InputName(text + InputName.suffixAgain) }

  /// The input of the first pass of which this is the second; nil of all others.
  package var firstEncoding: InputName? {
    text.hasSuffix(InputName.suffixAgain)
      ? InputName(String(text.dropLast(InputName.suffixAgain.count))) : nil
  }

  private static let suffixAgain = "_again"

  /// How much better the chosen completion is: a grade, 1 for slightly better, `[B]`.
  public static let strength: InputName = "strength"
  /// Mean of an ensemble's chosen − rejected rewards, below 0 where it would have chosen the other side, `[B]`.
  public static let strengthMean: InputName = "strength_mean"
}

extension MetricSums {
  /// Figures per grade of strength, for whole grades up to nine: `grade/2/loss`, `grade/2/accuracy` and
  /// `grade/2/margin`; a grade without pairs has none. Of a whole set also `strength/spearman`, that of margin and
  /// strength.
  mutating func addGrades(_ strength: Tensor, losses: Tensor, margins: Tensor) {
    ranks("strength/spearman") { columns in
      for row in 0..<strength.count {
        columns.add(Double(margins[flat: row]), Double(strength[flat: row]))
      }
    }
    // All of them, so that which come first does not depend on where a batch is cut.
    for grade in 0...9 {
      var (count, loss, wins, margin) = (0, 0.0, 0, 0.0)
      for row in 0..<strength.count where strength[flat: row] == Float(grade) {
        count += 1
        loss += Double(losses[flat: row])
        wins += margins[flat: row] > 0 ? 1 : 0
        margin += Double(margins[flat: row])
      }
      mean("grade/\(grade)/loss", sum: loss, count: count)
      mean("grade/\(grade)/accuracy", sum: Double(wins), count: count)
      mean("grade/\(grade)/margin", sum: margin, count: count)
    }
  }

  /// What can be told from log-odds of the recorded choice alone, `[b]`: shares as in `addRewards`, `margin`, their
  /// mean, and `margin_std`.
  mutating func addLogOdds(_ odds: Tensor) {
    let values = odds.array
    let (wins, ties) = (values.count { $0 > 0 }, values.count { $0 == 0 })
    mean("accuracy", sum: Double(wins), count: values.count)
    mean("accuracy_half", sum: Double(wins) + 0.5 * Double(ties), count: values.count)
    mean("tie_rate", sum: Double(ties), count: values.count)
    mean("margin", odds)
    deviation("margin_std") { spread in for value in values { spread.add(Double(value)) } }
  }
}
