import PairwiseEvaluation
import RealModule
import Testing

/// Factorial effects, linear probes and steering (methods reference, §8.9, §8.10).
struct ProbeTests {
  // MARK: Factors

  @Test func factorialEffects() throws {
    let (y, levels) = (
      [0.9, 0.7, 0.8, 0.4], [[false, false], [true, false], [false, true], [true, true]]
    )
    let full = try FactorialEffects(
      factors: ["A", "B"], levels: levels, outcomes: y, interactions: [(0, 1)])
    #expect(full.terms.map(\.name) == ["intercept", "A", "B", "A:B"])
    for (term, expected) in zip(full.terms, [0.7, -0.15, -0.1, -0.05]) {
      #expect(abs(term.coefficient - expected) < 1e-15)
    }
    #expect(abs(full.terms[1].effect + 0.3) < 1e-15)
    // Orthogonal: without the interaction the others stay.
    let main = try FactorialEffects(factors: ["A", "B"], levels: levels, outcomes: y)
    for (a, b) in zip(full.terms, main.terms) {
      #expect(abs(a.coefficient - b.coefficient) < 1e-15)
    }

    var generator = BootstrapGenerator(seed: 6)
    let rows = (0..<400).map { [$0 & 1 == 1, $0 & 2 == 2, $0 & 4 == 4] }
    let outcomes = rows.map { 0.5 + ($0[0] ? 0.2 : -0.2) + 0.1 * generator.normal() }
    let found = try FactorialEffects(
      factors: ["A", "B", "C"], levels: rows, outcomes: outcomes, interactions: [(0, 2)],
      using: Bootstrap(resamples: 300))
    #expect(found.terms[1].interval?.contains(0.2) == true)
    #expect(found.terms[2].interval?.contains(0) == true)
    #expect((found.terms[1].interval?.width ?? 1) < 0.03)
    for (levels, interactions) in [
      ([[true, true], [false, false]], []), (levels, [(0, 2)]), ([[true], [false]], []),
    ] as [([[Bool]], [(Int, Int)])] {
      #expect(
        error { () throws(EvaluationError) in
          _ = try FactorialEffects(
            factors: ["A", "B"], levels: levels, outcomes: Array(y.prefix(levels.count)),
            interactions: interactions)
        } != nil)
    }
  }

  // MARK: Probes

  /// §9 T18: h = t·d₁ + s·d₂ + noise.
  @Test func probesAndSteering() throws {
    var generator = BootstrapGenerator(seed: 12)
    let root = 0.5.squareRoot()
    let (d1, d2) = ([root, root, 0, 0], [0, 0, root, -root])
    var (states, first, second): ([[Double]], [Bool], [Bool]) = ([], [], [])
    for _ in 0..<600 {
      let (t, s) = (generator.uniform() < 0.5 ? 1.0 : -1, generator.uniform() < 0.5 ? 1.0 : -1)
      states.append((0..<4).map { t * d1[$0] + s * d2[$0] + 0.5 * generator.normal() })
      first.append(t > 0)
      second.append(s > 0)
    }
    let probe = try LinearProbe(states: states, labels: first)
    let other = try LinearProbe(states: states, labels: second)
    #expect(LinearProbe.cosine(probe.direction, d1) > 0.95)
    #expect(probe.accuracy(states: states, labels: first) > 0.9)
    let steering = try SteeringDirection(
      positives: states.indices.filter { first[$0] }.map { states[$0] },
      negatives: states.indices.filter { !first[$0] }.map { states[$0] })
    let moved = states.map { state in zip(state, steering.shift(4)).map { $0 + $1 } }
    let on = zip(moved, states).map { probe.margin($0) - probe.margin($1) }.reduce(0, +) / 600
    let off = zip(moved, states).map { other.margin($0) - other.margin($1) }.reduce(0, +) / 600
    #expect(abs(off) < 0.1 * abs(on), "moves one property, not the other: \(on), \(off)")
    #expect(LinearProbe.overlap([probe.direction, other.direction]) < 0.02)
    // Shuffled labels: chance, on states that were not fitted.
    let shuffled = first.indices.map { _ in generator.uniform() < 0.5 }
    let blind = try LinearProbe(
      states: Array(states[..<300]), labels: Array(shuffled[..<300]))
    let chance = blind.accuracy(states: Array(states[300...]), labels: Array(shuffled[300...]))
    #expect(abs(chance - 0.5) < 0.1, "three standard errors of 300")
    // Separable labels still have a finite probe.
    let certain = try LinearProbe(states: [[1], [-1]], labels: [true, false])
    #expect(certain.weights[0] > 0 && certain.weights[0].isFinite)
    #expect(
      error { () throws(EvaluationError) in
        _ = try LinearProbe(states: [[1], [2]], labels: [true, true])
      } != nil)
  }

  @Test func groupsOfUnits() throws {
    var generator = BootstrapGenerator(seed: 7)
    let labels = (0..<200).map { _ in generator.uniform() < 0.5 }
    // The second group knows the label, the third half of it, the first nothing.
    let groups = [0, 2, 0.7].map { strength in
      labels.map { label in
        [generator.normal() + (label ? strength : -strength), generator.normal()]
      }
    }
    let found = try LinearProbe.scores(groups: groups, labels: labels)
    #expect(found.map(\.group) == [1, 2, 0])
    #expect(found[0].score > 0.95 && abs(found[2].validation - 0.5) < 0.2)
    let same = try LinearProbe.scores(groups: [groups[1], groups[1]], labels: labels)
    #expect(same.map(\.group) == [0, 1], "of equals the first")
    #expect(
      error { () throws(EvaluationError) in
        _ = try LinearProbe.scores(groups: groups, labels: labels, share: 1)
      } != nil)
  }

  // MARK: Values over time

  @Test func valueDrift() throws {
    let found = try ValueDrift([
      [0.5, 0.3, 0.2], [0.35, 0.4, 0.25], [0.22, 0.49, 0.29], [0.2, 0.5, 0.3],
    ])
    #expect(abs(found.magnitude - 0.3) < 1e-15)
    #expect(abs(found.signed + 0.4) < 1e-15)
    #expect(found.time == 2, "0.28 of 0.3 is more than nine tenths")
    #expect(try ValueDrift([[0.5, 0.5], [0.5, 0.5]]).time == nil)
    for rows in [[], [[1]], [[0.5, 0.5], [1]], [[0.5, 0.6]], [[-0.5, 1.5]]] as [[[Double]]] {
      #expect(error { () throws(EvaluationError) in _ = try ValueDrift(rows) } != nil)
    }
  }

  @Test func steeringExample() throws {
    let (positives, negatives) = ([[1, 0.5], [0.8, 1.2]], [[-0.6, 0.1], [-0.2, -0.9]])
    let found = try SteeringDirection(positives: positives, negatives: negatives)
    func expect(_ values: [Double], _ expected: [Double]) {
      #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-10 }, "\(values)")
    }
    expect(found.direction, [0.7208330649, 0.6931087163])
    #expect(abs(found.deviation - 0.9209458907) < 1e-10)
    // The document prints 2.6553929950 for the first, which is not 4·s·u of its own s and u.
    expect(found.shift(4), [2.6553929960, 2.5532624962])
    #expect(found.shift(0) == [0, 0])
    func moved(_ states: [[Double]]) -> [[Double]] { states.map { [$0[0] + 3, $0[1] - 2] } }
    let translated = try SteeringDirection(
      positives: moved(positives), negatives: moved(negatives))
    expect(translated.direction, found.direction)
    #expect(abs(LinearProbe.overlap([[1, 0], [0.6, 0.8]]) - 0.36) < 1e-15)
    #expect(
      abs(LinearProbe.conceptBias(target: [1, 0], first: [1, 0], second: [0.6, 0.8]) - 0.4) < 1e-15)
    #expect(
      error { () throws(EvaluationError) in
        _ = try SteeringDirection(positives: [[1]], negatives: [[1]])
      } != nil)
  }
}
