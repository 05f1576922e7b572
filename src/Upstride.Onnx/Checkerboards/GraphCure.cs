using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Upstride.Explain.Diagnosis;
using Upstride.Geometry;
using Upstride.Onnx.Format;
using Upstride.Onnx.Operators;
using Upstride.Onnx.Tensors;
using AttributeType = Upstride.Onnx.Format.AttributeProto.Types.AttributeType;

namespace Upstride.Onnx.Checkerboards;

/// <summary>Puts cured weights into a file, with the kernel and the crop that belong to them.</summary>
internal static class GraphCure
{
    // Before this version of the format every initialiser had to be an input of the graph too.
    private const long InitializersStandAlone = 4;

    public static OnnxCure Apply(ModelProto model, ExternalFiles? external, string cure, int order, string? only)
    {
        var walk = new GraphWalk(model, external);
        var changes = ImmutableArray.CreateBuilder<(string, Cure)>();
        bool met = only is null;
        foreach (NodeProto node in model.Graph.Node)
        {
            string name = GraphWalk.NameOf(node);
            if (node.OpType is not "ConvTranspose" || (only is not null && !string.Equals(name, only, StringComparison.Ordinal))) continue;
            met = true;
            if (walk.LayerOf(node) is not { Assumed: false } layer)
            {
                if (only is not null) throw new OnnxFormatException(
                    "its weights are no constant of floating-point numbers, so that they cannot be changed", name);
                continue;
            }
            if (only is null && LayerDiagnosis.Of(layer).IsFlat) continue;
            try
            {
                Cure made = Cures.Named(cure, layer, order);
                Put(model, node, layer, made);
                changes.Add((name, made));
            }
            catch (GeometryException fault)
            {
                throw new OnnxFormatException(fault.Error.Message, name, fault);
            }
        }
        if (!met) throw new OnnxFormatException(
            $"there is no ConvTranspose '{only}': "
                + $"{string.Join(", ", model.Graph.Node.Where(static node => node.OpType is "ConvTranspose").Select(GraphWalk.NameOf))}");
        Tidy(model, external);
        return new(model, changes.ToImmutable());
    }

    private static void Put(ModelProto model, NodeProto node, UpsamplingLayer layer, Cure cure)
    {
        TensorProto old = model.Graph.Initializer.FirstOrDefault(
            tensor => string.Equals(tensor.Name, node.Input[1], StringComparison.Ordinal))
            ?? throw new OnnxFormatException(
                "its weights are a Constant node, and must be an initialiser to be changed", GraphWalk.NameOf(node));
        if (ElementTypes.Of(old.DataType) != OnnxElementType.Float32)
            throw new OnnxFormatException(
                "its weights are not of single precision: convert the model to float32 first", GraphWalk.NameOf(node));
        string name = Fresh(model.Graph, $"{node.Input[1]}_{cure.Name}");
        float[] weight = [.. cure.Layer.Weight.Select(static value => (float)value)];
        var tensor = new TensorProto { Name = name, DataType = old.DataType, RawData = ByteString.CopyFrom(Bytes(weight)) };
        tensor.Dims.Add([layer.InputChannels, layer.OutputChannelsPerGroup, .. cure.Layer.Kernel.Select(static taps => (long)taps)]);
        model.Graph.Initializer.Add(tensor);
        if (model.IrVersion < InitializersStandAlone) model.Graph.Input.Add(Described(tensor));
        node.Input[1] = name;
        if (cure.Layer.Kernel.AsSpan().SequenceEqual(layer.Kernel.AsSpan())) return;

        // A longer kernel keeps the size where as much more is cropped, half at each end.
        int[] heads = new int[layer.Kernel.Length], tails = new int[layer.Kernel.Length];
        Crops(node, layer, heads, tails);
        for (int a = 0; a < heads.Length; a++)
        {
            heads[a] += cure.AddedTaps[a] / 2;
            tails[a] += cure.AddedTaps[a] - cure.AddedTaps[a] / 2;
        }
        Set(node, "kernel_shape", [.. cure.Layer.Kernel.Select(static taps => (long)taps)]);
        Set(node, "pads", [.. heads.Select(static pad => (long)pad), .. tails.Select(static pad => (long)pad)]);
        Remove(node, "auto_pad");
        if (layer.Dilation.Any(static step => step != 1)) Set(node, "dilations", [.. layer.Dilation.Select(static _ => 1L)]);
    }

    // SAME crops kernel + output_padding - stride whatever the input's size, so that it can be written as pads.
    private static void Crops(NodeProto node, UpsamplingLayer layer, int[] heads, int[] tails)
    {
        var attributes = new NodeAttributes(node, GraphWalk.NameOf(node), 1);
        if (attributes.Has("output_shape")) throw attributes.Fault(
            "it has an output_shape, so that its crop depends on the input's size: a longer kernel cannot keep the size");
        int[] pads = attributes.Int32s("pads"), strides = attributes.Int32s("strides"), added = attributes.Int32s("output_padding");
        string auto = attributes.Text("auto_pad", "NOTSET");
        for (int a = 0; a < heads.Length; a++)
        {
            if (auto is "SAME_UPPER" or "SAME_LOWER")
            {
                ConvTransposeAxis axis = ConvTransposeGeometry.Onnx(
                    [1, 1, 8], [1, 1, layer.Kernel[a]], auto is "SAME_UPPER" ? OnnxAutoPad.SameUpper : OnnxAutoPad.SameLower, default,
                        strides.Length == 0 ? 1 : strides[a],
                    layer.Dilation[a], added.Length == 0 ? 0 : added[a]).Axes[0];
                (heads[a], tails[a]) = (axis.Head, axis.Tail + (added.Length == 0 ? 0 : added[a]));
                if (heads[a] < 0 || tails[a] < 0) throw attributes.Fault("its SAME extends the output, which pads cannot write");
            }
            else if (pads.Length > 0)
            {
                (heads[a], tails[a]) = (pads[a], pads[a + heads.Length]);
            }
        }
    }

    private static void Tidy(ModelProto model, ExternalFiles? external)
    {
        HashSet<string> read = new(model.Graph.Node.SelectMany(static node => node.Input)
            .Concat(model.Graph.Output.Select(static output => output.Name)), StringComparer.Ordinal);

        // Graphs inside of these may read any initialiser; they are carried along unread.
        bool inner = model.Graph.Node.Any(static node => node.OpType is "If" or "Loop" or "Scan" or "SequenceMap");
        for (int i = model.Graph.Initializer.Count - 1; i >= 0; i--)
        {
            TensorProto tensor = model.Graph.Initializer[i];
            if (!inner && !read.Contains(tensor.Name))
            {
                model.Graph.Initializer.RemoveAt(i);
                for (int k = model.Graph.Input.Count - 1; k >= 0; k--)
                    if (string.Equals(model.Graph.Input[k].Name, tensor.Name, StringComparison.Ordinal)) model.Graph.Input.RemoveAt(k);
            }
            else if (tensor.DataLocation == TensorProto.Types.DataLocation.External)
            {
                OnnxTensor decoded = TensorDecoder.Decode(tensor, $"tensor '{tensor.Name}'", external);
                byte[] bytes = external!.Read(tensor, tensor.Name, decoded.Type.Element.FileBytes(decoded.Type.Shape.Count));
                tensor.ExternalData.Clear();
                tensor.DataLocation = TensorProto.Types.DataLocation.Default;
                tensor.RawData = ByteString.CopyFrom(bytes);
            }
        }
    }

    private static string Fresh(GraphProto graph, string name)
    {
        HashSet<string> taken = new(graph.Initializer.Select(static tensor => tensor.Name)
            .Concat(graph.Node.SelectMany(static node => node.Output)).Concat(graph.Input.Select(static input => input.Name)),
            StringComparer.Ordinal);
        string fresh = name;
        for (int number = 2; taken.Contains(fresh); number++) fresh = $"{name}_{number}";
        return fresh;
    }

    private static ValueInfoProto Described(TensorProto tensor)
    {
        var shape = new TensorShapeProto();
        foreach (long length in tensor.Dims) shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = length });
        return new() { Name = tensor.Name, Type = new() { TensorType = new() { ElemType = tensor.DataType, Shape = shape } } };
    }

    // Raw data are little-endian.
    private static byte[] Bytes(float[] weight)
    {
        byte[] bytes = MemoryMarshal.AsBytes(weight.AsSpan()).ToArray();
        if (!BitConverter.IsLittleEndian) for (int i = 0; i < bytes.Length; i += 4) Array.Reverse(bytes, i, 4);
        return bytes;
    }

    private static void Set(NodeProto node, string name, long[] values)
    {
        Remove(node, name);
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Ints };
        attribute.Ints.Add(values);
        node.Attribute.Add(attribute);
    }

    private static void Remove(NodeProto node, string name)
    {
        for (int i = node.Attribute.Count - 1; i >= 0; i--)
            if (string.Equals(node.Attribute[i].Name, name, StringComparison.Ordinal)) node.Attribute.RemoveAt(i);
    }
}
