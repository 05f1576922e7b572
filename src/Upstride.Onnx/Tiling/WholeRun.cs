using Upstride.Geometry;
using Upstride.Onnx.Compilation;
using Upstride.Onnx.Tensors;

namespace Upstride.Onnx.Tiling;

/// <summary>A picture as one.</summary>
internal sealed class WholeRun : PictureRun
{
    private readonly Executable _executable;
    private readonly PictureTensor _input;
    private readonly PictureTensor _output;
    private readonly int _inputs;

    private WholeRun(Executable executable, PictureTensor input, PictureTensor output, int inputs)
    {
        (_executable, _input, _output, _inputs) = (executable, input, output, inputs);
        Bytes = executable.Describe([], 0, CancellationToken.None).PeakBytes + input.Type.Bytes;
    }

    public override OutputSize Output => new(_output.Rows, _output.Columns, _output.Channels);

    public override long Bytes { get; }

    /// <exception cref="OnnxUnsupportedException">It would take more memory than is allowed, or makes no picture.</exception>
    public static WholeRun Of(OnnxPictureModel model, int height, int width)
    {
        TensorType picture = WholePicture.Sized(model.PictureType, model.Axes, height, width);
        Graph graph = PictureGraph.Compiled(model.Graph, picture, model.Compute);
        TensorType output = graph.Outputs[0].Type!.Value;
        if (!PictureTensor.Fits(output, model.Axes))
            throw new TilingRefusedException(null, $"the model makes {output}, which is no picture");
        return new(new(graph, model.Compute.Compute, model.Compute.Limits), new(picture, model.Axes), new(output, model.Axes),
            graph.Inputs.Length);
    }

    public override void Run(OnnxRowReader reader, OnnxRowWriter writer, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        Array elements = _input.NewElements();
        var row = new float[_input.Channels * _input.Columns];
        for (int y = 0; y < _input.Rows; y++)
        {
            reader(y, row);
            for (int channel = 0; channel < _input.Channels; channel++)
                _input.Write(elements, channel, y, row.AsSpan(channel * _input.Columns, _input.Columns));
        }
        _input.Finish(elements);
        var inputs = new OnnxTensor?[_inputs];
        inputs[0] = new(_input.Type, elements);
        Array result = _output.NewElements();
        _executable.Run(inputs, [new(_output.Type, result)], cancellationToken);
        var made = new float[_output.Channels * _output.Columns];
        for (int y = 0; y < _output.Rows; y++)
        {
            for (int channel = 0; channel < _output.Channels; channel++)
                _output.Read(result, channel, y, made.AsSpan(channel * _output.Columns, _output.Columns));
            writer(y, made);
        }
        progress?.Report(1);
    }

    public override void Dispose() => _executable.Dispose();
}
