using System.Collections.Immutable;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Compilation;

/// <summary>
/// What a node makes of half precision and bfloat16 is computed in single precision and then rounded to the type, as a machine of that
/// type does it: a sum beyond the largest half, 65504, is infinite from there on.
/// </summary>
internal static class OutputRounding
{
    /// <summary>The computation with its outputs of such types rounded; itself where there are none.</summary>
    /// <param name="computation">A node's computation.</param>
    /// <param name="types">The types of its outputs.</param>
    public static PreparedNode After(PreparedNode computation, ImmutableArray<TensorType> types)
    {
        if (!types.Any(static type => type.Element.IsNarrowFloat)) return computation;
        NodeBody run = computation.Run;
        return computation with
        {
            Run = frame =>
            {
                run(frame);
                for (int output = 0; output < types.Length; output++)
                    if (types[output].Element.IsNarrowFloat) types[output].Element.Round(frame.Output<float>(output));
            },
        };
    }
}
