import PairwiseConfig
import PairwiseEvaluation
import RealModule
import Testing

struct ItemRatingsTests {
  /// The matches of W = [[0,7,4],[3,0,6],[2,5,0]].
  private func example(ties: Int = 0) throws -> MatchTable {
    var (first, second): ([Int32], [Int32]) = ([], [])
    for (i, row) in [[0, 7, 4], [3, 0, 6], [2, 5, 0]].enumerated() {
      for (j, count) in row.enumerated() {
        first += [Int32](repeating: Int32(i), count: count)
        second += [Int32](repeating: Int32(j), count: count)
      }
    }
    var outcomes = [Int8](repeating: 1, count: first.count)
    for index in 0..<ties { outcomes[index] = 0 }
    return try MatchTable(
      items: ["a", "b, \"the\" second", "c"], first: first, second: second, outcomes: outcomes)
  }

  @Test func workedExample() throws {
    var options = ItemRatings.Options()
    options.fit.tolerance = 1e-12
    let found = try ItemRatings(try example(), options: options)
    let expected = [1092.8996346131, 962.7284140688, 944.3719513181]
    for (item, rating) in zip(found.items, expected) {
      #expect(abs(item.rating - rating) < 1e-7)
      let half = 1.959963984540054 * ItemRatings.scale * item.standardError
      #expect(abs(item.interval.high - rating - half) < 1e-6)
      #expect(abs(item.interval.low - rating + half) < 1e-6)
    }
    #expect(found.items.map(\.rank) == [1, 2, 3])
    #expect(found.items[0].wins == 11 && found.items[0].losses == 5 && found.items[0].games == 16)
    #expect(found.items[0].winRate == 11.0 / 16)

    options.anchor = "a"
    let anchored = try ItemRatings(try example(), options: options)
    #expect(anchored.items[0].rating == 1000 && anchored.items[0].standardError == 0)
    #expect(abs(anchored.items[1].strength + 0.7493257799) < 1e-9)
    #expect(abs(anchored.items[1].standardError - 0.5734468434) < 1e-9)
    options.anchor = "d"
    #expect(
      error { () throws(EvaluationError) in
        let matches: MatchTable
        do { matches = try example() } catch { return }
        _ = try ItemRatings(matches, options: options)
      }?.description == "anchor: found 'd', expected an item of the matches")
  }

  /// `double` gives the ratings and intervals of `half`.
  @Test func doubledGamesAreNotMoreCertain() throws {
    var options = ItemRatings.Options()
    options.fit.tolerance = 1e-12
    let half = try ItemRatings(try example(ties: 4), options: options)
    options.ties = .double
    let double = try ItemRatings(try example(ties: 4), options: options)
    for (a, b) in zip(half.items, double.items) {
      #expect(abs(a.rating - b.rating) < 1e-8)
      #expect(abs(a.standardError - b.standardError) < 1e-10)
      #expect(a.ties == b.ties)
    }
  }

  @Test func bootstrap() throws {
    // A hundred times the matches: the bootstrap's and Fisher's intervals agree.
    let once = try example()
    let matches = try MatchTable(
      items: once.items, first: (0..<40).flatMap { _ in once.first },
      second: (0..<40).flatMap { _ in once.second },
      outcomes: (0..<40).flatMap { _ in once.outcomes })
    var options = ItemRatings.Options()
    let fisher = try ItemRatings(matches, options: options)
    options.resamples = 400
    options.seed = 3
    let drawn = try ItemRatings(matches, options: options)
    for (a, b) in zip(fisher.items, drawn.items) {
      #expect(b.interval.method == .bootstrapPercentile)
      // 400 resamples know an end of the interval to about 7 % of its half.
      #expect(abs(b.interval.low - a.interval.low) < 0.2 * a.interval.width)
      #expect(abs(b.interval.high - a.interval.high) < 0.2 * a.interval.width)
    }
    #expect(try ItemRatings(matches, options: options).items == drawn.items, "the same every time")
    options.seed = 4
    #expect(try ItemRatings(matches, options: options).items != drawn.items)
  }

  /// With so few games some draws leave an item without a win.
  @Test func resamplesWithoutRatings() throws {
    let matches = try MatchTable(
      items: ["a", "b", "c"], first: [0, 0, 1, 1, 2, 2, 0, 1], second: [1, 2, 2, 0, 0, 1, 1, 2],
      outcomes: [Int8](repeating: 1, count: 8))
    var options = ItemRatings.Options()
    options.resamples = 200
    options.seed = 4
    let few = try ItemRatings(matches, options: options)
    #expect(few.resamplesLeftOut > 0 && few.resamplesLeftOut <= 100, "\(few.resamplesLeftOut)")
    options.fit.regularization = 0.1
    #expect(try ItemRatings(matches, options: options).resamplesLeftOut == 0)
  }

  @Test func writesTables() throws {
    let found = try ItemRatings(try example())
    let lines = found.csv.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[1].hasPrefix("1,a,1092.89"))
    #expect(lines[2].hasPrefix("2,\"b, \"\"the\"\" second\",962.7"))
    guard case .list(let rows)? = found.node["items"]?.value else {
      Issue.record("no items")
      return
    }
    #expect(rows.count == 3)
    #expect(found.node["standard_errors"]?.value == .string("sum_zero"))
    #expect(rows[0]["item"]?.value == .string("a"))
  }
}
