using System.Collections.Immutable;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx;

/// <summary>Checks the inputs of a run against what the model declares.</summary>
internal static class InputCheck
{
    // Shares the place of the lengths that have a name: no name is empty.
    private const string Batch = "";

    /// <summary>
    /// The tensors in the order of the model's inputs, those that may be left out after the others; null for one of these that is.
    /// </summary>
    /// <exception cref="ArgumentException">One is missing, unknown, or does not fit.</exception>
    public static OnnxTensor?[] Order(OnnxModel model, IReadOnlyDictionary<string, OnnxTensor> given)
    {
        ArgumentNullException.ThrowIfNull(given, "inputs");
        ImmutableArray<OnnxValueInfo> needed = model.Inputs, optional = model.OptionalInputs;
        foreach (string name in given.Keys)
        {
            if (!needed.Concat(optional).Any(input => string.Equals(input.Name, name, StringComparison.Ordinal)))
                throw new ArgumentException(
                    $"the model has no input '{name}'; it has {(needed.IsEmpty ? "none" : string.Join(", ", needed))}", "inputs");
        }
        var lengths = new Dictionary<string, (long Length, string Input)>(StringComparer.Ordinal);
        return
        [
            .. needed.Select(input => given.TryGetValue(input.Name, out OnnxTensor? tensor)
                ? Fit(input, tensor, lengths, mayBatch: true)
                : throw new ArgumentException($"input '{input.Name}' is missing: the model needs {input.TypeText}", "inputs")),
            .. optional.Select(
                input => given.TryGetValue(input.Name, out OnnxTensor? tensor) ? Fit(input, tensor, lengths, mayBatch: false) : null),
        ];
    }

    /// <summary>The tensor of a model of one input.</summary>
    /// <exception cref="ArgumentException">It does not fit.</exception>
    public static OnnxTensor Fit(OnnxValueInfo needed, OnnxTensor given) => Fit(needed, given, new(StringComparer.Ordinal), mayBatch: true);

    /// <summary>The input by which a batch is given to a model that declares 1, with that batch; null where none is.</summary>
    public static (OnnxValueInfo Input, int Batch)? LargerBatch(ImmutableArray<OnnxValueInfo> needed, OnnxTensor?[] given)
    {
        for (int i = 0; i < needed.Length; i++)
            if (needed[i].Dimensions is [{ Length: 1 }, ..] && given[i]!.Type.Shape[0] != 1) return (needed[i], given[i]!.Type.Shape[0]);
        return null;
    }

    private static OnnxTensor Fit(OnnxValueInfo input, OnnxTensor tensor, Dictionary<string, (long Length, string Input)> lengths,
        bool mayBatch)
    {
        TensorType type = tensor.Type;
        if (type.Element != input.ElementType) throw Misfit("the element types must be equal");
        if (input.Dimensions is not { } dimensions) return tensor;
        if (dimensions.Length != type.Shape.Rank) throw Misfit($"it has {type.Shape.Rank} axes, and must have {dimensions.Length}");
        for (int axis = 0; axis < dimensions.Length; axis++)
        {
            int length = type.Shape[axis];
            string? name = dimensions[axis].Name;
            if (dimensions[axis].Length is { } needed && needed != length)
            {
                // A model that was written down with one image may take several: its graph says whether.
                if (!mayBatch || axis > 0 || needed != 1 || length == 0 || dimensions.Length == 1)
                    throw Misfit($"axis {axis} has length {length}, and must have {needed}");
                name = Batch;
            }
            if (name is null) continue;
            if (!lengths.TryAdd(name, (length, input.Name)) && lengths[name].Length != length)
            {
                string what = name == Batch ? "the batch" : name;
                throw Misfit(
                    $"axis {axis} is {what} = {length}, and {what} = {lengths[name].Length} in '{lengths[name].Input}': both must be equal");
            }
        }
        return tensor;

        ArgumentException Misfit(string rule) =>
            new($"input '{input.Name}' is {type}, and the model needs {input.TypeText}: {rule}", input.Name);
    }
}
