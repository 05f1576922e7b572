using System.Collections.Immutable;
using Upstride.Algorithms;
using Upstride.Kernels;
using Upstride.Onnx.Operators.Threads;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Operators.Normalization;

/// <summary>
/// <c>GroupNormalization</c> (opset 18 on) and <c>InstanceNormalization</c> (opset 1 on): the channels of each image in groups, each
/// group brought to mean 0 and variance 1, then scaled and shifted channel by channel. An instance is a group of one channel.
/// </summary>
internal sealed class GroupNormalizationOperator : Operator
{
    private readonly int? _groups;
    private readonly float _epsilon;
    private readonly bool _scalesGroups;

    private GroupNormalizationOperator(int? groups, float epsilon, bool scalesGroups) =>
        (_groups, _epsilon, _scalesGroups) = (groups, epsilon, scalesGroups);

    /// <summary>The number of groups; null where each channel is one.</summary>
    public int? Groups => _groups;

    /// <summary>Whether there is one scale for each group, and not for each channel.</summary>
    public bool ScalesGroups => _scalesGroups;

    /// <summary>The same with so many groups, and a scale for each channel.</summary>
    public GroupNormalizationOperator WithGroups(int groups) => new(groups, _epsilon, scalesGroups: false);

    public static GroupNormalizationOperator OfGroups(NodeAttributes node)
    {
        node.RequireOpset(18);
        int groups = node.Has("num_groups") ? node.Int32("num_groups", 0) : throw node.Fault("attribute num_groups is needed");
        if (groups < 1) throw node.Fault($"attribute num_groups = {groups}, and must be at least 1");

        // Everything is computed in single precision at least, whatever the attribute asks for. Until opset 21 scale and bias were one for
        // each group.
        if (node.Opset >= 21) node.Ignore("stash_type");
        return new(groups, node.Float("epsilon", 1e-5f), scalesGroups: node.Opset < 21);
    }

    public static GroupNormalizationOperator OfInstances(NodeAttributes node)
    {
        if (node.Opset < 6) node.Ignore("consumed_inputs");
        return new(null, node.Float("epsilon", 1e-5f), scalesGroups: false);
    }

    public override ImmutableArray<TensorType> Infer(NodeInputs inputs)
    {
        TensorType input = inputs.Float(0);
        if (input.Shape.Rank < 2 || input.Shape.CountOfAxes(1, input.Shape.Rank) == 0)
            throw inputs.Fault($"input 0 is {input}, and must be [batch, channels, sizes...] with no size 0");
        int channels = input.Shape[1], groups = _groups ?? channels, scales = _scalesGroups ? groups : channels;
        if (channels % groups != 0)
            throw inputs.Fault($"channels % num_groups = {channels} % {groups} = {channels % groups}, and must be 0");
        for (int i = 1; i < 3; i++)
            if (inputs.Float(i).Shape is not { Rank: 1 } shape || shape[0] != scales)
                throw inputs.Fault(
                    $"input {i} is {inputs[i]}, and must be [{scales}] for {scales} {(_scalesGroups ? "groups" : "channels")}");
        return [input];
    }

    public override PreparedNode Prepare(NodeInputs inputs, ImmutableArray<TensorType> outputs, ComputeSettings settings)
    {
        TensorShape shape = inputs.Shape(0);
        int channels = shape[1], groups = _groups ?? channels, plane = shape.CountOfAxes(2, shape.Rank), each = channels / groups;
        return new(frame =>
        {
            (float[] scale, float[] shift) = (frame.Input<float>(1).ToArray(), frame.Input<float>(2).ToArray());
            ParallelSlices.Run(frame.Input<float>(0), frame.Output<float>(0), shape[0] * groups, settings, (source, destination, piece) =>
            {
                (double mean, double variance) = Moments.Of(source);
                double factor = 1 / Math.Sqrt(variance + _epsilon);
                for (int c = 0; c < each; c++)
                {
                    int index = _scalesGroups ? piece % groups : piece % groups * each + c;
                    Moments.Normalize(source.Slice(c * plane, plane), mean, scale[index] * factor, shift[index],
                        destination.Slice(c * plane, plane));
                }
            });
        })
        {
            Flops = 6L * shape.Count,
        };
    }

    public override bool MayOverwrite(int input, NodeInputs inputs) => input == 0;
}
