/// One way to say how good a trained model is.
public struct Measure: Sendable, Equatable {
  public enum Direction: String, Sendable, Equatable {
    case higher, lower
    /// Neither is better in itself, such as the distance travelled from the start.
    case neither
  }

  /// As in `results.jsonl`: lower case with underscores.
  public var name: String
  /// One line, with its unit.
  public var summary: String
  public var better: Direction

  public init(_ name: String, _ summary: String, better: Direction) {
    (self.name, self.summary, self.better) = (name, summary, better)
  }
}
