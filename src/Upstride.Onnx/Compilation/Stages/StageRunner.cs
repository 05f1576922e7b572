using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation.Stages;

/// <summary>Runs a model stage by stage: the sizes that one gives choose the plan of the next. Called from any number of threads.</summary>
internal sealed class StageRunner(Graph graph, OnnxSessionSettings settings) : IDisposable
{
    private readonly Stage _first = new(graph);
    private readonly ExecutableCache _plans = new(settings);

    /// <summary>Plans that were made so far, of each stage.</summary>
    internal IReadOnlyList<int> PlansMade => _plans.Made;

    /// <summary>Runs the model.</summary>
    /// <param name="inputs">They fit the model's.</param>
    /// <param name="place">Where an output goes, by its number and type; asked before the stage that computes it runs.</param>
    /// <param name="refusal">What is thrown in the place of a plan's refusal; null for itself.</param>
    /// <param name="cancellationToken">Ends the run between two nodes.</param>
    /// <returns>The outputs.</returns>
    public OnnxTensor[] Run(OnnxTensor?[] inputs, Func<int, TensorType, OnnxTensor> place, Func<OnnxFormatException, Exception>? refusal,
        CancellationToken cancellationToken)
    {
        var outputs = new OnnxTensor[_first.Outputs.Length];
        Walk(inputs, outputs, place, refusal, null, cancellationToken);
        return outputs;
    }

    /// <summary>What a run does, node by node; stages after the first are run once to know their sizes.</summary>
    /// <param name="inputs">They fit the model's.</param>
    /// <param name="runs">Runs of which the shortest time of each node is taken.</param>
    /// <param name="place">As for <see cref="Run"/>.</param>
    /// <param name="refusal">As for <see cref="Run"/>.</param>
    /// <param name="cancellationToken">Ends the measurement between two nodes.</param>
    public OnnxPlan Describe(OnnxTensor?[] inputs, int runs, Func<int, TensorType, OnnxTensor> place,
        Func<OnnxFormatException, Exception>? refusal, CancellationToken cancellationToken)
    {
        var plans = new List<OnnxPlan>();
        Walk(inputs, new OnnxTensor[_first.Outputs.Length], place, refusal,
            (plan, given, values) => plans.Add(plan.Describe(given, values, runs, cancellationToken)), cancellationToken);
        return new(
            [.. plans.SelectMany(static (plan, stage) => plan.Steps.Select(step => step with { Stage = stage + 1 }))],
            plans.Sum(static plan => plan.ArenaBytes), plans.Sum(static plan => plan.ResultBytes),
            plans.Sum(static plan => plan.WeightBytes), plans.Max(static plan => plan.WorkspaceBytes));
    }

    /// <summary>Drops all plans; runs in progress end first.</summary>
    public void Dispose() => _plans.Dispose();

    private void Walk(OnnxTensor?[] inputs, OnnxTensor[] outputs, Func<int, TensorType, OnnxTensor> place,
        Func<OnnxFormatException, Exception>? refusal, Action<StagePlan, OnnxTensor?[], List<OnnxTensor?>>? describe,
        CancellationToken cancellationToken)
    {
        var borrowed = new List<Action>();
        try
        {
            for (Stage? stage = _first; stage is not null;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using ExecutableCache.Lease lease = Get(stage, inputs, refusal);
                StagePlan plan = lease.Plan;
                plan.Place(outputs, place);

                // The last stage is described without a run: all that can be known of it is.
                List<OnnxTensor?> values = describe is not null && plan.Next is null ? []
                    : plan.Run(inputs, outputs, borrowed, cancellationToken);
                describe?.Invoke(plan, inputs, values);
                (inputs, stage) = (plan.InputsOfNext(values), plan.Next);
            }
        }
        finally
        {
            foreach (Action giveBack in borrowed) giveBack();
        }
    }

    private ExecutableCache.Lease Get(Stage stage, OnnxTensor?[] inputs, Func<OnnxFormatException, Exception>? refusal)
    {
        try
        {
            return _plans.Get(stage, inputs);
        }
        catch (OnnxFormatException fault) when (refusal is not null)
        {
            throw refusal(fault);
        }
    }
}
