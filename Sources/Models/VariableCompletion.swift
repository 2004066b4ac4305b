import Compiler
import Execution
import SavedModels
import ServingCore

/// Gives values to variables that the graph's own restore op leaves without one.
///
/// `tf.saved_model.save` of a Keras 3 model writes a restore op that fills copies of the variables, while the signatures
/// read the variables themselves. The objects of the export and of the checkpoint connect them.
struct VariableCompletion {
    private let savedModel: SavedModel
    private let files: ModelFiles

    /// At most so many variables are named in a warning.
    private static let namedVariables = 10

    init(_ savedModel: SavedModel, _ files: ModelFiles) {
        self.savedModel = savedModel
        self.files = files
    }

    /// Assigns the checkpoint's values to those variables of `uses` that have none; no other variable is touched. A graph of
    /// objects that can't be read is only logged, since TensorFlow never looks at it. Throws what `TensorBundle` throws
    /// for values that are damaged.
    func fill(_ uses: [VariableAccess.Use]) throws(Status) {
        guard let prefix = savedModel.variablesPrefix, uses.contains(where: { $0.variable.current == nil }) else {
            return
        }
        let checkpoint = try files.bundle(prefix: prefix)
        let keys: [String: String]
        do throws(Status) {
            keys = try savedModel.variableKeys(in: checkpoint)
        } catch {
            return Log.warning("The objects of \(savedModel.directory) can't be matched with its checkpoint: \(error)")
        }
        checkpoint.prepare(uses.filter { $0.variable.current == nil }.compactMap { keys[$0.node] })
        for use in uses where use.variable.current == nil {
            guard let key = keys[use.node] else { continue }
            use.variable.assign(try checkpoint.tensor(named: key))
        }
    }

    /// Logs one line with the variables of `uses` that have no value, if there are any.
    func warnOfMissing(_ uses: [VariableAccess.Use]) {
        let names = Set(uses.filter { $0.variable.current == nil }.map(\.variable.name)).sorted()
        guard !names.isEmpty else { return }
        let more = names.count > VariableCompletion.namedVariables
        let named = names.prefix(VariableCompletion.namedVariables).joined(separator: ", ")
        Log.warning(
            "\(savedModel.directory): nothing gives a value to \(names.count) of the variables that signatures read, so "
                + "requests that need them will fail with FAILED_PRECONDITION: \(named)\(more ? ", ..." : "")")
    }
}
