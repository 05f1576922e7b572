using System.Numerics.Tensors;
using Upstride.Algorithms;
using Upstride.Kernels.Functions;
using Upstride.Onnx.Operators.Attention;
using Upstride.Onnx.Operators.Constants;
using Upstride.Onnx.Operators.Control;
using Upstride.Onnx.Operators.Convolutions;
using Upstride.Onnx.Operators.Elementwise;
using Upstride.Onnx.Operators.Matrices;
using Upstride.Onnx.Operators.Movement;
using Upstride.Onnx.Operators.Normalization;
using Upstride.Onnx.Operators.Pooling;
using Upstride.Onnx.Operators.Quantization;
using Upstride.Onnx.Operators.Recurrent;
using Upstride.Onnx.Operators.Reductions;
using Upstride.Onnx.Operators.Sampling;
using Upstride.Onnx.Operators.Selection;
using Upstride.Onnx.Operators.Signals;
using Upstride.Onnx.Operators.Views;

namespace Upstride.Onnx.Operators;

/// <summary>Every operator there is, by its name in the specification's default domain or in ONNX Runtime's own.</summary>
internal static class OperatorTable
{
    /// <summary>The oldest and the newest version of the operator set whose meaning is known.</summary>
    public const int OldestOpset = 6;

    /// <inheritdoc cref="OldestOpset"/>
    public const int NewestOpset = 26;

    private static readonly Dictionary<string, Func<NodeAttributes, Operator>> Rows = new(StringComparer.Ordinal)
    {
        ["Abs"] = static _ => new UnaryOperator(TensorPrimitives.Abs, IntegerArithmetic.Magnitude),
        ["Acos"] = static _ => new UnaryOperator(TensorPrimitives.Acos),
        ["Acosh"] = static _ => new UnaryOperator(TensorPrimitives.Acosh),
        ["Add"] = static node => new ArithmeticOperator(node, TensorPrimitives.Add, TensorPrimitives.Add,
            static (constant, _) => (1, constant)),
        ["Affine"] = ChannelAffineOperator.OfAll,
        ["AffineGrid"] = static node => new AffineGridOperator(node),
        ["And"] = LogicOperator.And,
        ["ArgMax"] = static node => new ArgMinMaxOperator(node, least: false),
        ["ArgMin"] = static node => new ArgMinMaxOperator(node, least: true),
        ["Asin"] = static _ => new UnaryOperator(TensorPrimitives.Asin),
        ["Asinh"] = static _ => new UnaryOperator(TensorPrimitives.Asinh),
        ["Atan"] = static _ => new UnaryOperator(TensorPrimitives.Atan),
        ["Atanh"] = static _ => new UnaryOperator(TensorPrimitives.Atanh),
        ["Attention"] = static node => new AttentionOperator(node),
        ["AveragePool"] = static node => new AveragePoolOperator(node),
        ["BatchNormalization"] = static node => new BatchNormalizationOperator(node),
        ["BitShift"] = static node => node.Choice("direction", "", ("LEFT", true), ("RIGHT", false))
            ? new ArithmeticOperator(node, floats: null, static (x, by, y) => IntegerArithmetic.Shift(x, by, y, up: true))
            : new ArithmeticOperator(node, floats: null, static (x, by, y) => IntegerArithmetic.Shift(x, by, y, up: false)),
        ["BitwiseAnd"] = static node => new ArithmeticOperator(node, floats: null, TensorPrimitives.BitwiseAnd),
        ["BitwiseNot"] = static _ => new NotOperator(bits: true),
        ["BitwiseOr"] = static node => new ArithmeticOperator(node, floats: null, TensorPrimitives.BitwiseOr),
        ["BitwiseXor"] = static node => new ArithmeticOperator(node, floats: null, TensorPrimitives.Xor),
        ["BlackmanWindow"] = WindowOperator.Blackman,
        ["Cast"] = CastOperator.ToType,
        ["CastLike"] = CastOperator.ToTypeOfInput,
        ["Ceil"] = static _ => new UnaryOperator(TensorPrimitives.Ceiling),
        ["Celu"] = static node => UnaryOperator.Of(new Celu(node.Float("alpha", 1))),
        ["CenterCropPad"] = PadOperator.Centered,
        ["Clip"] = static node => new ClipOperator(node),
        ["Col2Im"] = static node => new Col2ImOperator(node),
        ["Compress"] = static node => new CompressOperator(node),
        ["Concat"] = static node => new ConcatOperator(node),
        ["ConcatFromSequence"] = static node => new SequenceOperator(node, SequenceAction.Concat),
        ["Constant"] = static node => new ConstantOperator(node),
        ["ConstantOfShape"] = static node => new ConstantOfShapeOperator(node),
        ["Conv"] = static node => new ConvOperator(node),
        ["ConvInteger"] = static node => new ConvIntegerOperator(node),
        ["ConvTranspose"] = static node => new ConvTransposeOperator(node),
        ["Cos"] = static _ => new UnaryOperator(TensorPrimitives.Cos),
        ["Cosh"] = static _ => new UnaryOperator(TensorPrimitives.Cosh),
        ["Crop"] = static node => new CropOperator(node),
        ["CumProd"] = CumSumOperator.Products,
        ["CumSum"] = static node => new CumSumOperator(node),
        ["DFT"] = static node => new FourierOperator(node),
        ["DeformConv"] = static node => new DeformConvOperator(node),
        ["DepthToSpace"] = PixelShuffleOperator.ToSpace,
        ["DequantizeLinear"] = static node => new DequantizeLinearOperator(node),
        ["Det"] = static node => new DetOperator(node),
        ["Div"] = static node => new ArithmeticOperator(node, TensorPrimitives.Divide, IntegerArithmetic.Divide,
            static (constant, left) => left ? null : (1 / constant, 0)),
        ["Dropout"] = static node => new DropoutOperator(node),
        ["DynamicQuantizeLinear"] = static node => new DynamicQuantizeLinearOperator(node),
        ["Einsum"] = static node => new EinsumOperator(node),
        ["Elu"] = static node => UnaryOperator.Of(new Elu(node.Float("alpha", 1))),
        ["Equal"] = static node => new ComparisonOperator(node, ComparisonOperator.Relation.Equal),
        ["Erf"] = static _ => UnaryOperator.Of(default(Erf)),
        ["Exp"] = static _ => new UnaryOperator(TensorPrimitives.Exp),
        ["Expand"] = static _ => new ExpandOperator(),
        ["EyeLike"] = static node => new EyeLikeOperator(node),
        ["Flatten"] = static node => new FlattenOperator(node),
        ["Floor"] = static _ => new UnaryOperator(TensorPrimitives.Floor),
        ["GRU"] = static node => new GruOperator(node),
        ["Gather"] = static node => new GatherOperator(node),
        ["GatherElements"] = static node => new GatherElementsOperator(node),
        ["GatherND"] = static node => new GatherNdOperator(node),
        ["Gelu"] = static node => node.Choice("approximate", "none", ("none", false), ("tanh", true))
            ? UnaryOperator.Of(default(GeluByTanh)) : UnaryOperator.Of(default(Gelu)),
        ["Gemm"] = static node => new GemmOperator(node),
        ["GlobalAveragePool"] = static _ => GlobalPoolOperator.Average(),
        ["GlobalLpPool"] = static node => GlobalPoolOperator.Norm(node),
        ["GlobalMaxPool"] = static _ => GlobalPoolOperator.Maximum(),
        ["Greater"] = static node => new ComparisonOperator(node, ComparisonOperator.Relation.Greater),
        ["GreaterOrEqual"] = static node => new ComparisonOperator(node, ComparisonOperator.Relation.GreaterOrEqual),
        ["GridSample"] = static node => new GridSampleOperator(node),
        ["GroupNormalization"] = GroupNormalizationOperator.OfGroups,
        ["HammingWindow"] = WindowOperator.Hamming,
        ["HannWindow"] = WindowOperator.Hann,
        ["HardSigmoid"] = static node => UnaryOperator.Of(new HardSigmoid(node.Float("alpha", 0.2f), node.Float("beta", 0.5f))),
        ["HardSwish"] = static _ => UnaryOperator.Of(default(HardSwish)),
        ["Hardmax"] = static node => new HardmaxOperator(node),
        ["Identity"] = static _ => new IdentityOperator(),
        ["If"] = static node => new IfOperator(node),
        ["ImageScaler"] = ChannelAffineOperator.OfChannels,
        ["InstanceNormalization"] = GroupNormalizationOperator.OfInstances,
        ["IsInf"] = IsNanInfOperator.IsInf,
        ["IsNaN"] = static _ => IsNanInfOperator.IsNaN(),
        ["LRN"] = static node => new LocalResponseOperator(node),
        ["LSTM"] = static node => new LstmOperator(node),
        ["LayerNormalization"] = static node => new LayerNormalizationOperator(node),
        ["LeakyRelu"] = static node => LeakyReluOf(node.Float("alpha", 0.01f)),
        ["Less"] = static node => new ComparisonOperator(node, ComparisonOperator.Relation.Less),
        ["LessOrEqual"] = static node => new ComparisonOperator(node, ComparisonOperator.Relation.LessOrEqual),
        ["Log"] = static _ => new UnaryOperator(TensorPrimitives.Log),
        ["LogSoftmax"] = static node => new SoftmaxOperator(node, logarithm: true),
        ["Loop"] = static node => new LoopOperator(node),
        ["LpNormalization"] = static node => new LpNormalizationOperator(node),
        ["LpPool"] = static node => new LpPoolOperator(node),
        ["MatMul"] = static _ => new MatMulOperator(),
        ["MatMulInteger"] = static node => new MatMulIntegerOperator(node),
        ["Max"] = static node => new VariadicOperator(node, TensorPrimitives.Max, TensorPrimitives.Max),
        ["MaxPool"] = static node => new MaxPoolOperator(node),
        ["MaxRoiPool"] = static node => new MaxRoiPoolOperator(node),
        ["MaxUnpool"] = static node => new MaxUnpoolOperator(node),
        ["Mean"] = static node => new VariadicOperator(node, TensorPrimitives.Add, integers: null, mean: true),
        ["MeanVarianceNormalization"] = static node => new MeanVarianceOperator(node),
        ["MelWeightMatrix"] = static node => new MelWeightOperator(node),
        ["Min"] = static node => new VariadicOperator(node, TensorPrimitives.Min, TensorPrimitives.Min),
        ["Mish"] = static _ => UnaryOperator.Of(default(Mish)),
        ["Mod"] = static node => node.Flag("fmod", fallback: false)
            ? new ArithmeticOperator(node, IntegerArithmetic.TruncatedModulus, IntegerArithmetic.TruncatedModulus)
            : new ArithmeticOperator(node, floats: null, IntegerArithmetic.FloorModulus,
                integersOnly: ": floating-point numbers need fmod = 1"),
        ["Mul"] = static node => new ArithmeticOperator(node, TensorPrimitives.Multiply, TensorPrimitives.Multiply,
            static (constant, _) => (constant, 0)),
        ["Neg"] = static _ => new UnaryOperator(TensorPrimitives.Negate, TensorPrimitives.Negate),
        ["NonMaxSuppression"] = static node => new NonMaxSuppressionOperator(node),
        ["NonZero"] = static node => new NonZeroOperator(node),
        ["Not"] = static _ => new NotOperator(bits: false),
        ["OneHot"] = static node => new OneHotOperator(node),
        ["Or"] = LogicOperator.Or,
        ["PRelu"] = static node => new PReluOperator(node),
        ["Pad"] = static node => new PadOperator(node),
        ["Pow"] = static node => new PowOperator(node),
        ["QLinearConv"] = static node => new ConvIntegerOperator(node, requantizes: true),
        ["QLinearMatMul"] = static node => new MatMulIntegerOperator(node, requantizes: true),
        ["QuantizeLinear"] = static node => new QuantizeLinearOperator(node),
        ["RMSNormalization"] = static node => new LayerNormalizationOperator(node, since: 23, centers: false),
        ["RNN"] = static node => new RnnOperator(node),
        ["RandomNormal"] = RandomOperator.Normal,
        ["RandomNormalLike"] = RandomOperator.NormalLike,
        ["RandomUniform"] = RandomOperator.Uniform,
        ["RandomUniformLike"] = RandomOperator.UniformLike,
        ["Range"] = static _ => new RangeOperator(),
        ["Reciprocal"] = static _ => new UnaryOperator(TensorPrimitives.Reciprocal),
        ["ReduceL1"] = static node => new ReduceOperator(node, Reduction.L1),
        ["ReduceL2"] = static node => new ReduceOperator(node, Reduction.L2),
        ["ReduceLogSum"] = static node => new ReduceOperator(node, Reduction.LogSum),
        ["ReduceLogSumExp"] = static node => new ReduceOperator(node, Reduction.LogSumExp),
        ["ReduceMax"] = static node => new ReduceOperator(node, Reduction.Maximum),
        ["ReduceMean"] = static node => new ReduceOperator(node, Reduction.Mean),
        ["ReduceMin"] = static node => new ReduceOperator(node, Reduction.Minimum),
        ["ReduceProd"] = static node => new ReduceOperator(node, Reduction.Product),
        ["ReduceSum"] = static node => new ReduceOperator(node, Reduction.Sum),
        ["ReduceSumSquare"] = static node => new ReduceOperator(node, Reduction.SumSquare),
        ["Relu"] = static node => new ReluOperator(node),
        ["Reshape"] = static node => new ReshapeOperator(node),
        ["Resize"] = static node => new ResizeOperator(node),
        ["ReverseSequence"] = static node => new ReverseSequenceOperator(node),
        ["RoiAlign"] = static node => new RoiAlignOperator(node),
        ["RotaryEmbedding"] = static node => new RotaryEmbeddingOperator(node),
        ["Round"] = static _ => new UnaryOperator(TensorPrimitives.Round),
        ["STFT"] = static node => new ShortTimeFourierOperator(node),
        ["Scan"] = static node => new ScanOperator(node),
        ["Scatter"] = static node => new ScatterElementsOperator(node, since: 9),
        ["ScatterElements"] = static node => new ScatterElementsOperator(node, since: 11),
        ["ScatterND"] = static node => new ScatterNdOperator(node),
        ["Selu"] = static node => UnaryOperator.Of(new Selu(node.Float("alpha", 1.67326319217681884765625f),
            node.Float("gamma", 1.05070102214813232421875f))),
        ["SequenceAt"] = static node => new SequenceOperator(node, SequenceAction.At),
        ["SequenceConstruct"] = static node => new SequenceOperator(node, SequenceAction.Construct),
        ["SequenceEmpty"] = static node => new SequenceOperator(node, SequenceAction.Empty),
        ["SequenceErase"] = static node => new SequenceOperator(node, SequenceAction.Erase),
        ["SequenceInsert"] = static node => new SequenceOperator(node, SequenceAction.Insert),
        ["SequenceLength"] = static node => new SequenceOperator(node, SequenceAction.Length),
        ["Shape"] = static node => new ShapeOperator(node),
        ["Shrink"] = static node => UnaryOperator.Of(new Shrink(node.Float("lambd", 0.5f), node.Float("bias", 0))),
        ["Sigmoid"] = static _ => UnaryOperator.Of(default(Sigmoid), Activation.Sigmoid),
        ["Sign"] = static _ => new UnaryOperator(static (x, y) => VectorFunction.Apply(default(Sign), x, y), IntegerArithmetic.Sign),
        ["SimplifiedLayerNormalization"] = static node => new LayerNormalizationOperator(node, since: 1, centers: false),
        ["Sin"] = static _ => new UnaryOperator(TensorPrimitives.Sin),
        ["Sinh"] = static _ => new UnaryOperator(TensorPrimitives.Sinh),
        ["Size"] = static _ => new SizeOperator(),
        ["Slice"] = static node => new SliceOperator(node),
        ["Softmax"] = static node => new SoftmaxOperator(node, logarithm: false),
        ["Softplus"] = static _ => UnaryOperator.Of(default(Softplus)),
        ["Softsign"] = static _ => UnaryOperator.Of(default(Softsign)),
        ["SpaceToDepth"] = PixelShuffleOperator.ToDepth,
        ["Split"] = static node => new SplitOperator(node),
        ["SplitToSequence"] = static node => new SequenceOperator(node, SequenceAction.Split),
        ["Sqrt"] = static _ => new UnaryOperator(TensorPrimitives.Sqrt),
        ["Squeeze"] = static node => new SqueezeOperator(node),
        ["Sub"] = static node => new ArithmeticOperator(node, TensorPrimitives.Subtract, TensorPrimitives.Subtract,
            static (constant, left) => left ? (-1, constant) : (1, -constant)),
        ["Sum"] = static node => new VariadicOperator(node, TensorPrimitives.Add, integers: null),
        ["Swish"] = static node => UnaryOperator.Of(new Swish(node.Float("alpha", 1))),
        ["Tan"] = static _ => new UnaryOperator(TensorPrimitives.Tan),
        ["Tanh"] = static _ => UnaryOperator.Of(default(Tanh), Activation.Tanh),
        ["ThresholdedRelu"] = static node => UnaryOperator.Of(new ThresholdedRelu(node.Float("alpha", 1))),
        ["Tile"] = static _ => new TileOperator(),
        ["TopK"] = static node => new TopKOperator(node),
        ["Transpose"] = static node => new TransposeOperator(node),
        ["Trilu"] = static node => new TriluOperator(node),
        ["Unique"] = static node => new UniqueOperator(node),
        ["Unsqueeze"] = static node => new UnsqueezeOperator(node),
        ["Upsample"] = static node => new UpsampleOperator(node),
        ["Where"] = static _ => new WhereOperator(),
        ["Xor"] = LogicOperator.Xor,
    };

    // What ONNX Runtime's optimiser writes into files, in its own domain.
    private static readonly Dictionary<string, Func<NodeAttributes, Operator>> MicrosoftRows = new(StringComparer.Ordinal)
    {
        ["BiasGelu"] = static _ => new BiasGeluOperator(byTanh: false, biasNeeded: true),
        ["FastGelu"] = static _ => new BiasGeluOperator(byTanh: true, biasNeeded: false),
        ["FusedConv"] = ConvOperator.Fused,
        ["FusedGemm"] = GemmOperator.Fused,
        ["FusedMatMul"] = EinsumOperator.FusedMatMul,
        ["Gelu"] = static _ => UnaryOperator.Of(default(Gelu)),
        ["QLinearAdd"] = static _ => new QuantizedArithmeticOperator(multiplies: false),
        ["QLinearConcat"] = static node => new QuantizedConcatOperator(node),
        ["QLinearGlobalAveragePool"] = static node => new QuantizedPoolOperator(node),
        ["QLinearLeakyRelu"] = QuantizedFunctionOperator.LeakyRelu,
        ["QLinearMul"] = static _ => new QuantizedArithmeticOperator(multiplies: true),
        ["QLinearSigmoid"] = static _ => QuantizedFunctionOperator.Sigmoid(),
        ["QuickGelu"] = static node => UnaryOperator.Of(new Swish(node.Float("alpha", 1.702f))),
        ["SkipLayerNormalization"] = static node => new SkipNormalizationOperator(node, centers: true),
        ["SkipSimplifiedLayerNormalization"] = static node => new SkipNormalizationOperator(node, centers: false),
    };

    /// <summary>Whether the operator is known; the domain <c>ai.onnx</c> is the default one.</summary>
    public static bool Knows(string domain, string name) => RowsOf(domain)?.ContainsKey(name) == true;

    /// <summary>Makes the operator of a node.</summary>
    /// <exception cref="OnnxFormatException">Attributes that it does not have, or of the wrong type.</exception>
    /// <exception cref="OnnxUnsupportedException">Something about it is not supported.</exception>
    public static Operator Create(string domain, string name, NodeAttributes node)
    {
        Operator created = RowsOf(domain)![name](node);
        node.RequireAllRead();
        return created;
    }

    private static Dictionary<string, Func<NodeAttributes, Operator>>? RowsOf(string domain) => domain switch
    {
        "" or "ai.onnx" => Rows,
        "com.microsoft" => MicrosoftRows,
        _ => null,
    };

    private static UnaryOperator LeakyReluOf(float alpha) => UnaryOperator.Of(new LeakyRelu(alpha), Activation.LeakyRelu(alpha));
}
