import PairwiseData
import PairwiseModels
import PairwiseTensor
import PairwiseTraining
import Testing

/// Labelled pairs that are drawn for every pair of a training batch.
@Suite("Draws of labelled pairs")
struct ContextDrawTests {
  /// Twelve pairs in memory: of annotator 0 the first nine, of annotator 1 the others; pair i holds the number i.
  private func window() -> Batch {
    var told = PairConditions()
    told.ids[.annotator] = (0..<12).map { $0 < 9 ? 0 : 1 }
    let rows = Tensor([24, 1], (0..<24).map { Float($0 / 2) })
    return Batch(input: .conditioned(.dense(rows), told), columns: [:], rows: Array(0..<12))
  }

  /// For each pair which others it is given, over many steps.
  private func drawn(_ size: ContextSize) throws -> [(own: Int, others: [Int])] {
    let draw = try #require(ContextDraw(size, seed: 3))
    let window = window()
    var result: [(Int, [Int])] = []
    for step in 0..<200 {
      let batch = draw.given(
        to: window, at: (0..<12).map { (0, $0) }, of: [window],
        owners: [ContextDraw.owners(of: window)], step: step)
      let context = try #require(batch.input.told.context)
      guard case .dense(let rows) = context.rows else {
        Issue.record("expected dense rows")
        return []
      }
      for pair in 0..<12 {
        let range = Int(context.offsets[pair])..<Int(context.offsets[pair + 1])
        result.append((pair, range.map { Int(rows.array[2 * $0]) }))
      }
    }
    return result
  }

  @Test("are others of the same annotator, none twice, as few and as many as asked")
  func sizes() throws {
    let cases: [(ContextSize, Set<Int>)] = [
      (ContextSize(most: 4), Set(1...4)), (ContextSize(most: 6, least: 3), Set(3...6)),
      (ContextSize(most: 5, least: 5), [5]), (ContextSize(most: 30, least: 7), [7, 8]),
    ]
    for (size, expected) in cases {
      let found = try drawn(size)
      for (own, others) in found {
        let theirs = own < 9 ? Set(0..<9) : Set(9..<12)
        #expect(Set(others).isSubset(of: theirs.subtracting([own])))
        #expect(Set(others).count == others.count)
      }
      #expect(Set(found.filter { $0.own < 9 }.map(\.others.count)) == expected)
      // The other annotator has two others to give, however many are asked for.
      #expect(found.filter { $0.own >= 9 }.allSatisfy { (1...2).contains($0.others.count) })
    }
  }

  @Test("are none where a model reads none")
  func none() {
    #expect(ContextDraw(ContextSize(), seed: 0) == nil)
  }
}
