using System.Numerics;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Movement;

/// <summary>What becomes of an element where an update comes to it.</summary>
internal enum Combination
{
    None,
    Add,
    Multiply,
    Maximum,
    Minimum,
}

/// <summary>How <c>ScatterND</c> and <c>ScatterElements</c> combine elements and updates.</summary>
internal static class Combinations
{
    /// <summary>The attribute <c>reduction</c>, which came with opset 16.</summary>
    public static Combination Read(NodeAttributes node) => node.Opset < 16 ? Combination.None : node.Choice(
        "reduction", "none", ("none", Combination.None), ("add", Combination.Add), ("mul", Combination.Multiply),
            ("max", Combination.Maximum), ("min", Combination.Minimum));

    extension(Combination combination)
    {
        /// <exception cref="OnnxFormatException">Input 0 holds truth values, which are not combined.</exception>
        public void RequireFits(NodeInputs inputs)
        {
            if (inputs[0].Storage == Storage.Boolean && combination != Combination.None)
                throw inputs.Fault($"input 0 is {inputs[0]}, and must be numbers to be combined");
        }

        /// <summary>The element after the update.</summary>
        public T Combine<T>(T there, T update) where T : INumber<T> => combination switch
        {
            Combination.Add => there + update,
            Combination.Multiply => there * update,
            Combination.Maximum => T.Max(there, update),
            Combination.Minimum => T.Min(there, update),
            _ => update,
        };
    }
}
