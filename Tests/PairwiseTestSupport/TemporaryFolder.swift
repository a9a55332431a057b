import Glibc
import PairwiseData

/// A fresh folder that is gone with everything in it when the value is.
package final class TemporaryFolder {
  package let path: String

  package init() {
    var random = SystemRandomNumberGenerator()
    path = "/tmp/pairwise-test-\(String(random.next(), radix: 36))"
    precondition(unsafe mkdir(path, 0o700) == 0, "no temporary folder \(path)")
  }

  package func file(_ name: String) -> String { path + "/" + name }

  deinit { FileAccess.remove(path) }
}
