using Google.Protobuf;
using Upstride.Onnx.Format;
using Upstride.Testing;

namespace Upstride.Onnx.Tests.Runtime;

/// <summary>
/// Networks of other people give what ONNX Runtime gives. Each node by itself is held to its own bound, on the values that ONNX Runtime computes
/// before it. The whole may differ by as much as it does where every node's result is moved by its bound, up or down at random: rounding moves
/// no node further, and mostly less by the root of the number of its products.
/// </summary>
public class SharedModelComparisonTests
{
    /// <summary>Models and sizes: empty for the model's own, else for its open axes and, where it is convolutional throughout, height and width.</summary>
    public static TheoryData<string, nint[]> Models => new()
    {
        { "unet-cloud/unet.onnx", [1, 4, 224, 224] },
        { "unet-cloud/unet.onnx", [3, 4, 48, 72] },
        { "unet-cloud/unet.onnx", [2, 4, 8, 136] },
        { "bvae-mnist/ae_encoder.onnx", [1, 1, 28, 28] },
        { "bvae-mnist/ae_encoder.onnx", [5, 1, 28, 28] },
        { "bvae-mnist/architecture_encoder.onnx", [3, 1, 28, 28] },
        { "bvae-mnist/ae_decoder.onnx", [1, 2] },
        { "bvae-mnist/architecture_decoder.onnx", [1, 2] },
        { "onnxruntime-testdata/test_conv_follow_convtrans.onnx", [1, 32, 30, 30] },
        { "onnxruntime-testdata/test_conv_follow_convtrans.onnx", [2, 32, 13, 41] },
        { "onnxruntime-testdata/test_resize.onnx", [1, 3, 24, 24] },
        { "onnxruntime-testdata/test_resize.onnx", [4, 3, 24, 24] },
        { "onnxruntime-testdata/nhwc_resize_scales_opset11.onnx", [1, 3, 4, 5] },
        { "onnxruntime-testdata/nhwc_resize_sizes_opset11.onnx", [1, 3, 4, 5] },
        { "onnxruntime-testdata/nhwc_resize_scales_opset18.onnx", [1, 3, 4, 5] },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_gives_what_ONNX_Runtime_gives(string model, nint[] shape)
    {
        ModelProto proto = ModelFile.ReadModel(SharedData.Path(["models", .. model.Split('/')]));
        foreach (ValueInfoProto input in proto.Graph.Input)
            for (int axis = 2; axis < shape.Length; axis++) input.Type.TensorType.Shape.Dim[axis] = new() { DimParam = $"size{axis}" };
        proto.Graph.ValueInfo.Clear();
        foreach (ValueInfoProto output in proto.Graph.Output) output.Type.TensorType.Shape = null;
        Dictionary<string, OnnxTensor> inputs = proto.Graph.Input.Select((input, i) => (input.Name, Tensor: Values.Random(i + 1, shape))).ToDictionary(static one => one.Name, static one => one.Tensor, StringComparer.Ordinal);

        Dictionary<string, float> distances = CheckNodes(proto, inputs);

        // Whole numbers come of floating-point ones, which must agree; a whole number may be another only where its origin is as near to it as that.
        foreach (ValueInfoProto output in proto.Graph.Output)
        {
            string? origin = output.Type.TensorType.ElemType == (int)OnnxElementType.UInt8 ? proto.Graph.Node.Single(static node => node.OpType == "Cast" && node.Attribute[0].I == (int)OnnxElementType.UInt8).Input[0] : null;
            ModelProto asked = proto.Clone();
            asked.Graph.Output.Clear();
            asked.Graph.Output.Add(new ValueInfoProto { Name = origin ?? output.Name, Type = new() { TensorType = new() { ElemType = (int)OnnxElementType.Float32 } } });
            byte[] bytes = asked.ToByteArray();
            OnnxTensor expected = OnnxRuntime.Run(bytes, inputs, origin ?? output.Name)[origin ?? output.Name];
            OnnxTensor actual = Ours(bytes, inputs)[origin ?? output.Name];
            float allowed = distances[origin ?? output.Name];
            Assert.Equal(expected.Shape, actual.Shape);
            for (int i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(expected.Floats[i] - actual.Floats[i]) <= allowed, $"element {i} is {actual.Floats[i]:R}, and {expected.Floats[i]:R} in ONNX Runtime: they may differ by {allowed}");
            if (origin is not null) CheckWholeNumbers(proto, output.Name, inputs, Near(expected, allowed));
        }
    }

    private static Dictionary<string, OnnxTensor> Ours(byte[] model, IReadOnlyDictionary<string, OnnxTensor> inputs)
    {
        using OnnxSession session = OnnxSession.Load(new MemoryStream(model));
        return session.Run(inputs).ToDictionary(StringComparer.Ordinal);
    }

    // How many elements lie so near to a whole number that a difference may carry them over it.
    private static int Near(OnnxTensor values, float allowed) => values.Floats.ToArray().Count(value => Math.Abs(value - MathF.Round(value)) <= allowed);

    private static void CheckWholeNumbers(ModelProto proto, string output, IReadOnlyDictionary<string, OnnxTensor> inputs, int near)
    {
        byte[] bytes = proto.ToByteArray();
        OnnxTensor expected = OnnxRuntime.Run(bytes, inputs, output)[output], actual = Ours(bytes, inputs)[output];
        Assert.Equal(expected.Shape, actual.Shape);
        int others = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.InRange(actual.Integers[i] - expected.Integers[i], -1, 1);
            if (actual.Integers[i] != expected.Integers[i]) others++;
        }

        // Each is there for red, green and blue.
        Assert.InRange(others, 0, 3 * near);
    }

    // Checks each node on ONNX Runtime's values, and returns how far each value moves where all before it are moved by their bounds.
    private static Dictionary<string, float> CheckNodes(ModelProto proto, Dictionary<string, OnnxTensor> inputs)
    {
        string[] names = [.. proto.Graph.Node.SelectMany(static node => node.Output).Where(static name => name.Length > 0)];
        ModelProto open = proto.Clone();
        open.Graph.Output.Clear();
        foreach (string name in names) open.Graph.Output.Add(new ValueInfoProto { Name = name });
        Dictionary<string, OnnxTensor> expected = OnnxRuntime.Run(open.ToByteArray(), inputs, names);
        foreach ((string name, OnnxTensor tensor) in inputs) expected.Add(name, tensor);

        var moved = new Dictionary<string, OnnxTensor>(inputs, StringComparer.Ordinal);
        var distances = new Dictionary<string, float>(StringComparer.Ordinal);
        var random = new Random(1);
        foreach (NodeProto message in proto.Graph.Node)
        {
            var node = new NodeModel(proto, message);
            IReadOnlyDictionary<string, OnnxTensor> actual = node.Run(expected);
            float[] bound = node.Bound(Only(expected, node), actual[node.Outputs[0]]);
            foreach (string output in node.Outputs) AssertEqual(expected[output], actual[output], output == node.Outputs[0] ? bound : [], node.Name);
            foreach ((string output, OnnxTensor tensor) in node.Run(moved)) moved[output] = output == node.Outputs[0] ? Move(tensor, bound, random) : tensor;
            distances[node.Outputs[0]] = Distance(expected[node.Outputs[0]], moved[node.Outputs[0]]);
        }
        return distances;
    }

    private static Dictionary<string, OnnxTensor> Only(Dictionary<string, OnnxTensor> values, NodeModel node) =>
        node.Inputs.ToDictionary(static name => name, name => values[name], StringComparer.Ordinal);

    private static void AssertEqual(OnnxTensor expected, OnnxTensor actual, float[] bound, string node)
    {
        Assert.Equal(expected.ElementType, actual.ElementType);
        Assert.Equal(expected.Shape, actual.Shape);
        if (expected.ElementType != OnnxElementType.Float32)
        {
            Assert.True(expected.ElementType == OnnxElementType.Boolean ? expected.Booleans.SequenceEqual(actual.Booleans) : expected.Integers.SequenceEqual(actual.Integers), $"{node}: whole numbers differ");
            return;
        }
        for (int i = 0; i < expected.Length; i++)
        {
            float allowed = bound.Length > 0 ? bound[i] : 0;
            Assert.True(Math.Abs(expected.Floats[i] - actual.Floats[i]) <= allowed, $"{node}: element {i} is {actual.Floats[i]:R}, and {expected.Floats[i]:R} in ONNX Runtime: they may differ by {allowed}");
        }
    }

    private static OnnxTensor Move(OnnxTensor tensor, float[] bound, Random random)
    {
        if (tensor.ElementType != OnnxElementType.Float32) return tensor;
        float[] values = tensor.Floats.ToArray();
        for (int i = 0; i < values.Length; i++) values[i] += random.Next(2) == 0 ? bound[i] : -bound[i];
        return OnnxTensor.Create(values, [.. tensor.Shape]);
    }

    private static float Distance(OnnxTensor expected, OnnxTensor actual)
    {
        if (expected.ElementType != OnnxElementType.Float32) return 0;
        float distance = 0;
        for (int i = 0; i < expected.Length; i++) distance = Math.Max(distance, Math.Abs(expected.Floats[i] - actual.Floats[i]));
        return distance;
    }
}
