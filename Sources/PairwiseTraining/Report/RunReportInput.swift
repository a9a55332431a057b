public import PairwiseEvaluation

/// Everything a run's HTML report shows. Texts are as they come; the report escapes them.
public struct RunReportInput: Sendable {
  /// A figure to be seen first.
  public struct KeyFigure: Sendable, Equatable {
    public var label: String
    /// As it is to be read: `64.3 %`.
    public var value: String
    /// `95 % interval 60.1 – 68.2 %`, a unit, or what it is compared with.
    public var note: String

    public init(label: String, value: String, note: String = "") {
      self.label = label
      self.value = value
      self.note = note
    }
  }

  /// One row of the table of all figures.
  public struct Figure: Sendable, Equatable {
    public var name: String
    public var value: Double
    public var low: Double?
    public var high: Double?
    /// How the interval was computed, in words.
    public var method: String?

    public init(
      name: String, value: Double, low: Double? = nil, high: Double? = nil, method: String? = nil
    ) {
      self.name = name
      self.value = value
      self.low = low
      self.high = high
      self.method = method
    }
  }

  /// Reliability before and after calibration.
  public struct Reliability: Sendable, Equatable {
    public var before: [Calibration.Bin]
    public var after: [Calibration.Bin]
    public var errorBefore: Double?
    public var errorAfter: Double?
    public var temperature: Double?
    /// True when the temperature was fitted to the very pairs shown, which flatters `after` a little.
    public var isFittedHere: Bool

    public init(
      before: [Calibration.Bin], after: [Calibration.Bin] = [], errorBefore: Double? = nil,
      errorAfter: Double? = nil, temperature: Double? = nil, isFittedHere: Bool = false
    ) {
      self.before = before
      self.after = after
      self.errorBefore = errorBefore
      self.errorAfter = errorAfter
      self.temperature = temperature
      self.isFittedHere = isFittedHere
    }
  }

  public struct Group: Sendable, Equatable {
    public var name: String
    public var count: Int
    public var accuracy: Double
    public var low: Double
    public var high: Double
    public var isCounted: Bool

    public init(
      name: String, count: Int, accuracy: Double, low: Double, high: Double, isCounted: Bool = true
    ) {
      self.name = name
      self.count = count
      self.accuracy = accuracy
      self.low = low
      self.high = high
      self.isCounted = isCounted
    }
  }

  /// A pair the model ranks wrong by a large margin.
  public struct WorstPair: Sendable, Equatable {
    public var prompt: String
    public var chosen: String
    public var rejected: String
    public var margin: Double

    public init(prompt: String, chosen: String, rejected: String, margin: Double) {
      self.prompt = prompt
      self.chosen = chosen
      self.rejected = rejected
      self.margin = margin
    }
  }

  /// One line of the account of where the data's rows went.
  public struct LedgerRow: Sendable, Equatable {
    public var name: String
    public var count: Int
    public var note: String

    public init(name: String, count: Int, note: String = "") {
      self.name = name
      self.count = count
      self.note = note
    }
  }

  /// The account of one source of data.
  public struct Ledger: Sendable, Equatable {
    public var source: String
    public var rows: [LedgerRow]

    public init(source: String, rows: [LedgerRow]) {
      self.source = source
      self.rows = rows
    }
  }

  public var name: String
  /// What the held-out rows are: pairs, or single completions.
  public var unit = "pairs"
  /// The loss of a model that is undecided, where the objective has one.
  public var undecidedLoss: Double?
  /// What happened and what came out, a sentence each.
  public var summary: [String] = []
  public var keyFigures: [KeyFigure] = []
  public var figures: [Figure] = []
  /// By the names of `metrics.jsonl`; evaluations have the prefix `eval_`.
  public var series: [MetricSeries] = []
  public var reliability: Reliability?
  public var margins: Histogram?
  public var marginMean: Double?
  /// Shares of pairs ranked right and wrong; they differ from 1 by the ties.
  public var rightShare: Double?
  public var wrongShare: Double?
  public var groups: [Group] = []
  public var overallAccuracy: Double?
  public var worstPairs: [WorstPair] = []
  public var ledgers: [Ledger] = []
  /// Name and value, in the order to be shown.
  public var environment: [(name: String, value: String)] = []
  /// The resolved config, word for word.
  public var configText: String?
  /// The command that does it again.
  public var command: String?
  /// Other runs that this one is shown beside.
  public var beside: RunsBeside?
  /// What the reader should know about the report itself: a file that could not be read.
  public var remarks: [String] = []

  public init(name: String) { self.name = name }

  /// The series of this name, if it has a point.
  package func series(_ name: String) -> MetricSeries? {
    series.first { $0.name == name && !$0.points.isEmpty }
  }
}
