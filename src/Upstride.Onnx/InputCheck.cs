using System.Collections.Immutable;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx;

/// <summary>Holds the inputs of a run to what the model declares.</summary>
internal static class InputCheck
{
    /// <summary>The tensors in the order of the model's inputs.</summary>
    /// <exception cref="ArgumentException">One is missing, unknown, or does not fit.</exception>
    public static OnnxTensor[] Order(ImmutableArray<OnnxValueInfo> needed, IReadOnlyDictionary<string, OnnxTensor> given)
    {
        ArgumentNullException.ThrowIfNull(given, "inputs");
        foreach (string name in given.Keys)
        {
            if (!needed.Any(input => string.Equals(input.Name, name, StringComparison.Ordinal)))
                throw new ArgumentException($"the model has no input '{name}'; it has {(needed.IsEmpty ? "none" : string.Join(", ", needed))}", "inputs");
        }
        var lengths = new Dictionary<string, (long Length, string Input)>(StringComparer.Ordinal);
        return [.. needed.Select(input => given.TryGetValue(input.Name, out OnnxTensor? tensor)
            ? Fit(input, tensor, lengths)
            : throw new ArgumentException($"input '{input.Name}' is missing: the model needs {input.TypeText}", "inputs"))];
    }

    /// <summary>The tensor of a model of one input.</summary>
    /// <exception cref="ArgumentException">It does not fit.</exception>
    public static OnnxTensor Fit(OnnxValueInfo needed, OnnxTensor given) => Fit(needed, given, new(StringComparer.Ordinal));

    private static OnnxTensor Fit(OnnxValueInfo input, OnnxTensor tensor, Dictionary<string, (long Length, string Input)> lengths)
    {
        TensorType type = tensor.Type;
        if (type.Element != input.ElementType)
        {
            throw Misfit("the element types must be equal");
        }
        if (input.Dimensions is not { } dimensions) return tensor;
        if (dimensions.Length != type.Shape.Rank) throw Misfit($"it has {type.Shape.Rank} axes, and must have {dimensions.Length}");
        for (int axis = 0; axis < dimensions.Length; axis++)
        {
            int length = type.Shape[axis];
            if (dimensions[axis].Length is { } needed && needed != length) throw Misfit($"axis {axis} has length {length}, and must have {needed}");
            if (dimensions[axis].Name is not { } name) continue;
            if (!lengths.TryAdd(name, (length, input.Name)) && lengths[name].Length != length)
                throw Misfit($"axis {axis} is {name} = {length}, and {name} = {lengths[name].Length} in '{lengths[name].Input}': both must be equal");
        }
        return tensor;

        ArgumentException Misfit(string rule) => new($"input '{input.Name}' is {type}, and the model needs {input.TypeText}: {rule}", input.Name);
    }
}
