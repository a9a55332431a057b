import Glibc
import PairwiseObjectives
import PairwiseTensor
import Testing

/// The contrastive term against its formula in double precision.
@Suite("Contrastive term")
struct ContrastiveTests {
  /// Chosen and rejected states of two pairs, and their second encodings.
  private let first: [[Double]] = [[1, 0], [-1, 1], [0.6, 0.8], [0.3, -0.4]]
  private let second: [[Double]] = [[0.9, 0.1], [-0.8, 1.2], [0.5, 1], [0.2, -0.5]]
  private let scores: [[Float]] = [[0.5, -0.25], [0.125, 0.5], [0.75, -0.5], [0, 0.25]]

  /// Rows are chosen 0, chosen 1, rejected 0, rejected 1.
  private func inputs() -> [InputName: Tensor] {
    func states(_ rows: [[Double]], _ range: Range<Int>) -> Tensor {
      Tensor([2, 2], rows[range].flatMap { $0.map { Float($0) } })
    }
    return [
      .chosenScores: Tensor(scores[0]), .rejectedScores: Tensor(scores[1]),
      "chosen_scores_again": Tensor(scores[2]), "rejected_scores_again": Tensor(scores[3]),
      .chosenStates: states(first, 0..<2), .rejectedStates: states(first, 2..<4),
      "chosen_states_again": states(second, 0..<2), "rejected_states_again": states(second, 2..<4),
    ]
  }

  /// ℓ of each vector, from the document's formula.
  private func losses(_ s: [[Double]], _ t: [[Double]], _ temperature: Double) -> [Double] {
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    return s.indices.map { i in
      let logits = t.map {
        dot(s[i], $0) / (dot(s[i], s[i]) * dot($0, $0)).squareRoot() / temperature
      }
      return log(logits.reduce(0) { $0 + exp($1) }) - logits[i]
    }
  }

  private func preference(_ row: Int) -> Double {
    [(0, 1), (2, 3)].reduce(0) { sum, sides in
      let margin = Double(scores[sides.0][row] - scores[sides.1][row])
      return sum + log(1 + exp(-margin)) / 2
    }
  }

  @Test("is the mean of both vectors of a pair", arguments: [0.5, 0.05])
  func pairs(temperature: Double) throws {
    let result = try ContrastiveSimCSE(weight: 0.25, temperature: Float(temperature)).on(inputs())
    let terms = losses(first, second, temperature)
    for row in 0..<2 {
      let expected = preference(row) + 0.25 * (terms[row] + terms[2 + row]) / 2
      #expect(abs(result.doubles[row] - expected) < 1e-5, "\(result.doubles[row]) \(expected)")
    }
    let mean = terms.reduce(0, +) / 4
    let logged = result.metrics.first { $0.name == "contrastive/loss" }?.value ?? 0
    #expect(abs(logged - mean) < 1e-5)
  }

  @Test("tells differences apart in both orders")
  func differences() throws {
    func differences(_ rows: [[Double]]) -> [[Double]] {
      let forward = (0..<2).map { row in (0..<2).map { rows[row][$0] - rows[2 + row][$0] } }
      return forward + forward.map { $0.map { -$0 } }
    }
    let objective = ContrastiveSimCSE(weight: 1, temperature: 0.5, target: .difference)
    let terms = losses(differences(first), differences(second), 0.5)
    let result = try objective.on(inputs())
    for row in 0..<2 {
      #expect(
        abs(result.doubles[row] - preference(row) - (terms[row] + terms[2 + row]) / 2) < 1e-5)
    }
  }

  @Test("is Bradley-Terry without weight or without states, and ln n where all are alike")
  func identities() throws {
    let off = try ContrastiveSimCSE(weight: 0).on(inputs())
    for row in 0..<2 { #expect(abs(off.doubles[row] - preference(row)) < 1e-6) }
    let plain = try ContrastiveSimCSE(weight: 3).on(scores[0], scores[1])
    #expect(plain.doubles == (try BradleyTerry().on(scores[0], scores[1])).doubles)
    var alike = inputs()
    for name in alike.keys where name.text.contains("states") {
      alike[name] = Tensor([2, 2], [1, 2, 1, 2])
    }
    let result = try ContrastiveSimCSE(weight: 1).on(alike)
    #expect(abs(result.doubles[0] - preference(0) - log(4)) < 1e-5)
  }

  @Test("stands states of zeros, and refuses half of an encoding")
  func edges() throws {
    var dead = inputs()
    dead[.chosenStates] = Tensor([2, 2], [0, 0, 1, 0])
    let result = try ContrastiveSimCSE().on(dead)
    #expect(result.loss.isFinite && result["chosen_states"].allSatisfy { $0.isFinite })
    var half = inputs()
    half["rejected_states_again"] = nil
    #expect(
      refusal { try ContrastiveSimCSE().on(half) }?.contains(
        "hidden states of both sides go together, and so do their second encodings") == true)
  }
}
