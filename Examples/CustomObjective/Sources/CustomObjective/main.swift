import Pairwise

// Dishes are described by (sweetness, heat, price), and what is to be learned is which of two somebody
// picks. Here the taste is made up, so that the result can be judged.
func taste(_ dish: [Float]) -> Float { 2 * dish[0] + dish[1] - dish[2] }

/// Pairs of random dishes, the better one first.
func makePairs(_ count: Int, seed: UInt64) -> InMemoryPairs {
  var random = CounterRandom(seed: seed, stream: "dishes")
  var (chosen, rejected): ([Float], [Float]) = ([], [])
  for _ in 0..<count {
    let a = (0..<3).map { _ in Float(random.normal()) }
    let b = (0..<3).map { _ in Float(random.normal()) }
    chosen += taste(a) > taste(b) ? a : b
    rejected += taste(a) > taste(b) ? b : a
  }
  return InMemoryPairs(
    chosen: Tensor([count, 3], chosen), rejected: Tensor([count, 3], rejected))
}

var model = FeatureModel(inputSize: 3)
var options = FitOptions()
options.epochs = 5
options.optimizer.learningRate = 0.05
try model.fit(to: makePairs(1_000, seed: 1), objective: SquaredHinge(), options: options) {
  step, result in
  if step % 40 == 0 { print("step \(step): loss \(result.loss)") }
}

let scorer = PairScorer(model)
let report = try scorer.evaluate(makePairs(500, seed: 2))
print("accuracy on 500 new pairs: \(report.statistics.accuracy ?? 0)")

let (curry, cake): ([Float], [Float]) = ([0.2, 1.5, 0.3], [1.8, -1, 0.5])
let scores = try scorer.score(
  InMemoryPairs(chosen: Tensor([1, 3], curry), rejected: Tensor([1, 3], cake)))
print("curry \(scores.chosen[0]), cake \(scores.rejected[0])")
