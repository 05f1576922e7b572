namespace Upstride.Onnx.Operators;

/// <summary>Every operator there is, by its name in the specification's default domain.</summary>
internal static class OperatorTable
{
    /// <summary>The oldest and the newest version of the operator set whose meaning is known.</summary>
    public const int OldestOpset = 6;

    /// <inheritdoc cref="OldestOpset"/>
    public const int NewestOpset = 25;

    private static readonly Dictionary<string, Func<NodeAttributes, Operator>> Rows = new(StringComparer.Ordinal)
    {
        ["Add"] = static node => new AddOperator(node),
        ["AveragePool"] = static node => new AveragePoolOperator(node),
        ["BatchNormalization"] = static node => new BatchNormalizationOperator(node),
        ["Col2Im"] = static node => new Col2ImOperator(node),
        ["Constant"] = static node => new ConstantOperator(node),
        ["Conv"] = static node => new ConvOperator(node),
        ["ConvTranspose"] = static node => new ConvTransposeOperator(node),
        ["DepthToSpace"] = PixelShuffleOperator.ToSpace,
        ["DequantizeLinear"] = static node => new DequantizeLinearOperator(node),
        ["Dropout"] = static node => new DropoutOperator(node),
        ["GlobalAveragePool"] = static _ => GlobalPoolOperator.Average(),
        ["GlobalMaxPool"] = static _ => GlobalPoolOperator.Maximum(),
        ["GroupNormalization"] = GroupNormalizationOperator.OfGroups,
        ["Identity"] = static _ => new IdentityOperator(),
        ["InstanceNormalization"] = GroupNormalizationOperator.OfInstances,
        ["LayerNormalization"] = static node => new LayerNormalizationOperator(node),
        ["MaxPool"] = static node => new MaxPoolOperator(node),
        ["MaxUnpool"] = static node => new MaxUnpoolOperator(node),
        ["Pad"] = static node => new PadOperator(node),
        ["QuantizeLinear"] = static node => new QuantizeLinearOperator(node),
        ["Relu"] = static node => new ReluOperator(node),
        ["Resize"] = static node => new ResizeOperator(node),
        ["SpaceToDepth"] = PixelShuffleOperator.ToDepth,
        ["Upsample"] = static node => new UpsampleOperator(node),
    };

    /// <summary>Whether the operator is known; the domain <c>ai.onnx</c> is the default one.</summary>
    public static bool Knows(string domain, string name) => domain is "" or "ai.onnx" && Rows.ContainsKey(name);

    /// <summary>Makes the operator of a node.</summary>
    /// <exception cref="OnnxFormatException">Attributes that it does not have, or of the wrong type.</exception>
    /// <exception cref="OnnxUnsupportedException">Something about it is not supported.</exception>
    public static Operator Create(string name, NodeAttributes node)
    {
        Operator created = Rows[name](node);
        node.RequireAllRead();
        return created;
    }
}
