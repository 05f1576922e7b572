using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Operators.Selection;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Control;

/// <summary>
/// <c>Loop</c> that collects results, whose graph has the same types in every turn, and whose number of turns is known only once it has
/// run: the sizes of its outputs come out with them.
/// </summary>
/// <param name="body">All its types are known.</param>
/// <param name="iteration">How it is run.</param>
/// <param name="limits">What a run may cost.</param>
internal sealed class CollectionOperator(Graph body, Iteration iteration, OnnxLimits limits) : SelectionOperator
{
    private readonly IterationOperator _loop = new(body, iteration, limits);

    public override PreparedSelection PrepareSelection(ComputeSettings settings)
    {
        var owned = new OwnedExecutables();
        Executable turn = owned.Add(body, settings, limits);
        return new((inputs, selection) => Select(inputs, selection, turn))
        {
            WorkspaceBytes = turn.RunBytes + body.Inputs.Concat(body.Outputs).Sum(static value => value.Type!.Value.Bytes),
            WeightBytes = turn.WeightBytes,
            Owned = owned,
        };
    }

    // How many turns there are is not known: where it is an input that says so, the loop is another operator once that is.
    protected override Selected Select(NodeInputs inputs, SelectionLimits selection) =>
        throw new ValueNeededException([.. new[] { iteration.TripInput, iteration.ConditionInput }.Where(static input => input >= 0)]);

    private Selected Select(NodeInputs inputs, SelectionLimits selection, Executable turn)
    {
        OnnxTensor[] states = [.. body.Outputs.Skip(iteration.FirstResult).Take(iteration.States)
            .Select(static output => new OnnxTensor(output.Type!.Value, output.Type.Value.NewArray()))];
        OnnxTensor?[] given = [.. Arrays.Range(0, inputs.Count).Select(inputs.Constant)];
        int first = iteration.FirstResult + iteration.States;
        long each = body.Outputs.Skip(first).Sum(static output => output.Type!.Value.Bytes);
        var collected = new List<OnnxTensor[]>();
        _loop.Run(new(new NodeTensors(given, states), 0, selection.CancellationToken), turn, results =>
        {
            // Each turn is here, and is to be joined with the others.
            selection.Require(2 * each * (collected.Count + 1L));
            collected.Add([.. results.Skip(first).Select(static result => result.Copy())]);
        });
        TensorType[] types = [.. body.Outputs.Skip(iteration.FirstResult).Select(static output => output.Type!.Value)];
        for (int i = iteration.States; i < types.Length; i++)
            types[i] = types[i].WithShape(new([collected.Count, .. types[i].Shape.Lengths]));
        return new([.. types], frame =>
        {
            for (int i = 0; i < iteration.States; i++) frame.Write(i, states[i]);
            for (int i = iteration.States; i < types.Length; i++) Join(frame, i, types[i].Storage, collected, i - iteration.States);
        });
    }

    private static void Join(NodeContext frame, int output, Storage storage, List<OnnxTensor[]> collected, int index)
    {
        switch (storage)
        {
            case Storage.Float: Join(frame.Output<float>(output), collected, index); break;
            case Storage.Integer: Join(frame.Output<long>(output), collected, index); break;
            default: Join(frame.Output<bool>(output), collected, index); break;
        }
    }

    private static void Join<T>(Span<T> destination, List<OnnxTensor[]> collected, int index) where T : unmanaged
    {
        if (destination.IsEmpty) return;
        foreach (OnnxTensor[] turn in collected)
        {
            turn[index].Elements<T>().CopyTo(destination);
            destination = destination[turn[index].Length..];
        }
    }
}
