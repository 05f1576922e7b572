using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Upstride.Learning;
using Upstride.Onnx.Format;

namespace Upstride.Onnx.Export;

/// <summary>
/// An ONNX graph under construction. It has a method for each of <see cref="Functions"/> that a module may use, and
/// <see cref="Apply"/> for the modules inside a module. Nodes are called after the module they belong to, initialisers as their parameters.
/// </summary>
public sealed partial class ExportGraph<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Module<T> _root;
    private readonly string _outputName;
    private readonly HashSet<string> _names;
    private readonly HashSet<string> _initializers = new(StringComparer.Ordinal);
    private readonly Dictionary<Parameter<T>, string> _parameters = new(ReferenceEqualityComparer.Instance);
    private string _scope = "";

    internal ExportGraph(Module<T> root, string inputName, string outputName)
    {
        _root = root;
        _outputName = outputName;
        foreach ((string name, Parameter<T> parameter) in root.NamedParameters()
            .Concat(root.NamedBuffers())) _parameters.Add(parameter, name);
        _names = new([inputName, outputName, .. _parameters.Values], StringComparer.Ordinal);
    }

    internal GraphProto Proto { get; } = new() { Name = "model" };

    /// <summary>Adds a module inside the one that is being exported.</summary>
    /// <param name="name">Its name in that module.</param>
    /// <param name="module">A shipped layer, or an <see cref="IOnnxExportable{T}"/>.</param>
    /// <param name="input">What it is given.</param>
    /// <returns>What it gives.</returns>
    /// <exception cref="OnnxUnsupportedException">A module that cannot be exported; the message names it.</exception>
    public ExportValue Apply(string name, Module<T> module, ExportValue input)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(input);
        return Under(name, () => LayerExport.Export(this, module, input)
            ?? throw Unsupported($"{NameOf(module)} has no ONNX form and does not implement IOnnxExportable<{typeof(T).Name}>"));
    }

    /// <summary>Adds nodes that are called after a part of the module that is being exported.</summary>
    /// <param name="name">The part's name.</param>
    /// <param name="nodes">Adds them.</param>
    /// <returns>What <paramref name="nodes"/> gives.</returns>
    public ExportValue Under(string name, Func<ExportValue> nodes)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(nodes);
        string outer = _scope;
        _scope = outer.Length == 0 ? name : outer + "." + name;
        try
        {
            return nodes();
        }
        finally
        {
            _scope = outer;
        }
    }

    internal ExportValue ApplyRoot(ExportValue input) => LayerExport.Export(this, _root, input)
        ?? throw Unsupported($"{NameOf(_root)} has no ONNX form and does not implement IOnnxExportable<{typeof(T).Name}>");

    /// <summary>Gives the ends their names and types.</summary>
    internal void Finish(ExportValue input, ExportValue output)
    {
        // The last value takes the output's name; an input that comes out as it is needs a node for that.
        if (ReferenceEquals(input, output)) output = Node("Identity", input.Dimensions, [input.Name]);
        foreach (NodeProto node in Proto.Node)
        {
            Rename(node.Input);
            Rename(node.Output);
        }
        Proto.Input.Add(Info(input.Name, input.Dimensions));
        Proto.Output.Add(Info(_outputName,
            [.. output.Dimensions.Select(
            (dimension, axis) => dimension is { Length: null, Name: null }
                ? new(null, FormattableString.Invariant($"{_outputName}_{axis}")) : dimension)]));

        void Rename(IList<string> names)
        {
            for (int i = 0; i < names.Count; i++)
                if (string.Equals(names[i], output.Name, StringComparison.Ordinal)) names[i] = _outputName;
        }
    }

    private OnnxUnsupportedException Unsupported(string why) => new($"{Place} cannot be exported: {why}");

    private ArgumentException Misfit(string why) => new($"{Place}: {why}", "module");

    private string Place => _scope.Length == 0 ? "the module" : $"module '{_scope}'";

    private static string NameOf(Module<T> module) => module.GetType().Name.Split('`')[0];

    private ExportValue Node(string operatorName, ImmutableArray<OnnxDimension> dimensions, ReadOnlySpan<string> inputs,
        params ReadOnlySpan<AttributeProto> attributes) =>
        Node(operatorName, dimensions, inputs, outputs: 1, attributes)[0];

    private ExportValue[] Node(string operatorName, ImmutableArray<OnnxDimension> dimensions, ReadOnlySpan<string> inputs, int outputs,
        params ReadOnlySpan<AttributeProto> attributes)
    {
        string name = Unique(_scope.Length == 0 ? operatorName : $"{_scope}/{operatorName}");
        var values = new ExportValue[outputs];
        for (int i = 0; i < outputs; i++) values[i] = new(Unique($"{name}_output"), dimensions);
        var node = new NodeProto { Name = name, OpType = operatorName };
        foreach (string input in inputs) node.Input.Add(input);
        foreach (ExportValue value in values) node.Output.Add(value.Name);
        foreach (AttributeProto attribute in attributes) node.Attribute.Add(attribute);
        Proto.Node.Add(node);
        return values;
    }

    /// <summary>A parameter as an initialiser, under a shape of as many elements, once however often it is asked for.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="role">What it is called where it belongs to no module: as the caller calls it.</param>
    private string Initializer(Parameter<T> parameter, ReadOnlySpan<long> shape,
        [CallerArgumentExpression(nameof(parameter))] string role = "")
    {
        ArgumentNullException.ThrowIfNull(parameter);
        string name =
            _parameters.TryGetValue(parameter, out string? known) ? known : Unique(_scope.Length == 0 ? role : $"{_scope}.{role}");
        _parameters[parameter] = name;

        // One that serves two operators under two shapes is written twice.
        string shaped = shape.SequenceEqual(Shape(parameter)) ? name : $"{name} as [{string.Join(", ", shape.ToArray())}]";
        return AddTensor(shaped, shape, static parameter => parameter.Values, parameter);
    }

    private string Initializer(Parameter<T> parameter, [CallerArgumentExpression(nameof(parameter))] string role = "") =>
        Initializer(parameter, Shape(parameter), role);

    private string Constant(string suffix, ReadOnlySpan<long> shape, T[] values) =>
        AddTensor(Unique($"{_scope}/{suffix}"), shape, static values => values, values);

    private string Constant(string suffix, ReadOnlySpan<long> values)
    {
        var tensor = new TensorProto { Name = Unique($"{_scope}/{suffix}"), DataType = (int)OnnxElementType.Int64 };
        tensor.Dims.Add(values.Length);
        byte[] bytes = new byte[values.Length * sizeof(long)];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
        Proto.Initializer.Add(tensor);
        return tensor.Name;
    }

    private string AddTensor<TSource>(string name, ReadOnlySpan<long> shape, Func<TSource, ReadOnlySpan<T>> elements, TSource source)
    {
        if (!_initializers.Add(name)) return name;
        ReadOnlySpan<T> values = elements(source);
        byte[] bytes = new byte[values.Length * sizeof(float)];
        Span<float> floats = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        for (int i = 0; i < floats.Length; i++) floats[i] = float.CreateSaturating(values[i]);
        if (!BitConverter.IsLittleEndian)
        {
            Span<int> words = MemoryMarshal.Cast<byte, int>(bytes.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }
        var tensor = new TensorProto
            { Name = name, DataType = (int)OnnxElementType.Float32, RawData = UnsafeByteOperations.UnsafeWrap(bytes) };
        foreach (long length in shape) tensor.Dims.Add(length);
        Proto.Initializer.Add(tensor);
        return name;
    }

    private static long[] Shape(Parameter<T> parameter) => [.. parameter.Shape.Select(static length => (long)length)];

    private string Unique(string name)
    {
        string unique = name;
        for (int i = 2; !_names.Add(unique); i++) unique = FormattableString.Invariant($"{name}_{i}");
        return unique;
    }

    private static ValueInfoProto Info(string name, ImmutableArray<OnnxDimension> dimensions)
    {
        var shape = new TensorShapeProto();
        foreach (OnnxDimension dimension in dimensions)
        {
            shape.Dim.Add(dimension.Length is { } length ? new() { DimValue = length }
                : dimension.Name is { } symbol ? new() { DimParam = symbol } : new TensorShapeProto.Types.Dimension());
        }
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)OnnxElementType.Float32, Shape = shape } } };
    }
}
