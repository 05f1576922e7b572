namespace Upstride.Onnx.Tests.Operators;

/// <summary>Models of one node, and places in tensors for oracles.</summary>
internal static class OneNode
{
    /// <summary>Runs an operator; null stands for an input that is left out.</summary>
    public static OnnxTensor[] Run(string name, int opset, OnnxTensor?[] inputs, int outputs,
        params (string Name, object Value)[] attributes)
    {
        (ModelBuilder builder, Dictionary<string, OnnxTensor> given, string[] names) = Build(name, opset, inputs, outputs, attributes);
        using OnnxSession session = builder.Session();
        IReadOnlyDictionary<string, OnnxTensor> results = session.Run(given);
        return [.. names.Select(output => results[output])];
    }

    /// <summary>
    /// Runs an operator here and in ONNX Runtime, and requires the same: integers and truth values exactly, numbers within
    /// <paramref name="bound"/> of the largest.
    /// </summary>
    public static OnnxTensor[] SameAsRuntime(string name, int opset, OnnxTensor?[] inputs, int outputs, float bound,
        params (string Name, object Value)[] attributes)
    {
        OnnxTensor[] results = Run(name, opset, inputs, outputs, attributes);
        (ModelBuilder builder, Dictionary<string, OnnxTensor> given, string[] names) = Build(name, opset, inputs, outputs, attributes);
        for (int i = 0; i < outputs; i++)
            builder.Proto.Graph.Output[i].Type.TensorType.ElemType = (int)results[i].ElementType;
        byte[] model = builder.ToBytes();
        Dictionary<string, OnnxTensor> expected = Runtime.OnnxRuntime.Run(model, given, names);
        using var session = new OnnxSession(OnnxModel.Load(new MemoryStream(model)), null);
        IReadOnlyDictionary<string, OnnxTensor> again = session.Run(given);
        for (int i = 0; i < outputs; i++)
        {
            Near(expected[names[i]], results[i], bound, $"{name} {names[i]}");
            Near(results[i], again[names[i]], 0, $"{name} {names[i]}, again");
        }
        return results;
    }

    /// <summary>The one output of an operator in ONNX Runtime.</summary>
    public static OnnxTensor ByRuntime(string name, int opset, OnnxTensor?[] inputs, OnnxElementType type,
        params (string Name, object Value)[] attributes)
    {
        (ModelBuilder builder, Dictionary<string, OnnxTensor> given, string[] names) = Build(name, opset, inputs, 1, attributes);
        builder.Proto.Graph.Output[0].Type.TensorType.ElemType = (int)type;
        return Runtime.OnnxRuntime.Run(builder.ToBytes(), given, names)[names[0]];
    }

    /// <summary>Requires equal shapes and elements, numbers within <paramref name="bound"/> of the largest, or of 1.</summary>
    public static void Near(OnnxTensor expected, OnnxTensor actual, float bound, string what)
    {
        Assert.True(expected.Type == actual.Type, $"{what}: {actual}, and should be {expected}");
        if (expected.Type.Storage == Tensors.Storage.Integer)
        {
            Assert.True(expected.Integers.SequenceEqual(actual.Integers),
                $"{what}: {string.Join(' ', actual.Integers.ToArray())}, and should be {string.Join(' ', expected.Integers.ToArray())}");
            return;
        }
        if (expected.Type.Storage == Tensors.Storage.Boolean)
        {
            Assert.Equal(expected.Booleans.ToArray(), actual.Booleans.ToArray());
            return;
        }
        float largest = 1;
        foreach (float value in expected.Floats) largest = Math.Max(largest, Math.Abs(value));
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected.Floats[i] - actual.Floats[i]) <= bound * largest || expected.Floats[i].Equals(actual.Floats[i]),
                $"{what}: element {i} is {actual.Floats[i]}, and should be {expected.Floats[i]}");
    }

    /// <summary>Runs an operator of one output.</summary>
    public static OnnxTensor Run(string name, int opset, OnnxTensor?[] inputs, params (string Name, object Value)[] attributes) =>
        Run(name, opset, inputs, 1, attributes)[0];

    /// <summary>The text by which a node is refused.</summary>
    public static string Refusal(string name, int opset, OnnxTensor?[] inputs, params (string Name, object Value)[] attributes)
    {
        Exception fault = Assert.ThrowsAny<Exception>(() => Run(name, opset, inputs, attributes));
        Assert.True(fault is OnnxFormatException or OnnxUnsupportedException, fault.ToString());
        return fault.Message;
    }

    /// <summary>Whole numbers from -9 to 9, whose sums of products are exact.</summary>
    public static OnnxTensor Whole(Random random, params nint[] shape) => Whole(random, OnnxElementType.Float32, shape);

    /// <inheritdoc cref="Whole(Random, nint[])"/>
    public static OnnxTensor Whole(Random random, OnnxElementType type, params nint[] shape) =>
        OnnxTensor.Create<float>(type, [.. Enumerable.Range(0, Count(shape)).Select(_ => (float)random.Next(-9, 10))], shape);

    public static OnnxTensor Floats(params float[] values) => OnnxTensor.Create(values, values.Length);

    public static OnnxTensor Longs(params long[] values) => OnnxTensor.Create(values, values.Length);

    public static int Count(IEnumerable<nint> shape) => (int)shape.Aggregate((nint)1, static (product, length) => product * length);

    /// <summary>All places of a shape in row-major order.</summary>
    public static IEnumerable<int[]> Places(IReadOnlyList<nint> shape)
    {
        int count = Count(shape);
        for (int i = 0; i < count; i++)
        {
            var place = new int[shape.Count];
            for (int axis = shape.Count - 1, rest = i; axis >= 0; axis--) (rest, place[axis]) = Math.DivRem(rest, (int)shape[axis]);
            yield return place;
        }
    }

    /// <summary>The row-major index of a place; -1 outside.</summary>
    public static int IndexOf(IReadOnlyList<nint> shape, IReadOnlyList<int> place)
    {
        int index = 0;
        for (int axis = 0; axis < shape.Count; axis++)
        {
            if (place[axis] < 0 || place[axis] >= shape[axis]) return -1;
            index = index * (int)shape[axis] + place[axis];
        }
        return index;
    }

    public static void Same(IReadOnlyList<nint> shape, ReadOnlySpan<float> expected, OnnxTensor actual, string what)
    {
        Assert.True(shape.SequenceEqual(actual.Shape), $"{what}: {actual}, and should be [{string.Join(", ", shape)}]");

        // Exact in single precision, and rounded once to the type.
        expected = OnnxTensor.Create<float>(actual.ElementType, expected, expected.Length).Floats;
        for (int i = 0; i < expected.Length; i++)
            Assert.True(expected[i].Equals(actual.Floats[i]), $"{what}: element {i} is {actual.Floats[i]}, and should be {expected[i]}");
    }

    private static (ModelBuilder Builder, Dictionary<string, OnnxTensor> Given, string[] Outputs) Build(
        string name, int opset, OnnxTensor?[] inputs, int outputs, (string Name, object Value)[] attributes)
    {
        var builder = new ModelBuilder(opset);
        var given = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] is not { } input) continue;
            builder.Input($"x{i}", input.ElementType, [.. input.Shape.Select(static length => length.ToString())]);
            given.Add($"x{i}", input);
        }
        string[] names = [.. Enumerable.Range(0, outputs).Select(static i => $"y{i}")];
        builder.Node(name, string.Join(' ', inputs.Select(static (input, i) => input is null ? "-" : $"x{i}")), string.Join(' ', names),
            attributes);
        foreach (string output in names) builder.Output(output);
        return (builder, given, names);
    }
}
