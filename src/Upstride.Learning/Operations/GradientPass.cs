using System.Numerics;
using Upstride.Learning.Buffers;

namespace Upstride.Learning.Operations;

/// <summary>
/// Goes through a tape backwards: each operation's gradient is complete when its turn comes, because what uses its result stands later.
/// The order of additions is the order of the tape, so the sums have the same bits on any number of threads. Where the gradients are not
/// recorded themselves, the memory of one goes back to the pool as soon as it was used.
/// </summary>
internal sealed class GradientPass<T>(Tape<T> tape)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Dictionary<Variable<T>, int> _inputs = new(ReferenceEqualityComparer.Instance);
    private readonly List<(int Input, Variable<T> Gradient)> _given = [];
    // By the place of the operation on the tape: the gradient of its result, and whether an input that is asked for lies behind it.
    private Variable<T>?[] _pending = [];
    private bool[] _reaches = [];
    private Variable<T>?[] _results = [];
    private Operation<T>? _current;
    private bool _ofInputs;
    private bool _createGraph;
    private int _mark;

    /// <summary>Whether the gradient with respect to an input of the operation is needed.</summary>
    public bool IsNeeded(int input)
    {
        Variable<T> variable = _current!.Inputs[input];
        if (!variable.RequiresGradient) return false;
        return !_ofInputs || _inputs.ContainsKey(variable) || (variable.Source is { } source && _reaches[source.Index]);
    }

    /// <summary>Whether only the gradients of the leaves are wanted, and not theirs in turn, so that an operation may leave out those in
    /// between that nothing but itself would add to.</summary>
    public bool IsOfLeaves => !_ofInputs && !_createGraph;

    /// <summary>Adds to the gradient with respect to an input of the operation; only where <see cref="IsNeeded"/> says so.</summary>
    public void Add(int input, Variable<T> gradient) => _given.Add((input, gradient));

    /// <summary>Adds the derivative to the gradients of all leaves.</summary>
    public void Run(Variable<T> output, Variable<T>? outputGradient)
    {
        _ofInputs = false;
        _createGraph = false;
        Walk(output, outputGradient);
    }

    /// <summary>The derivatives with respect to some variables; null where there is none.</summary>
    public Variable<T>?[] Run(Variable<T> output, Variable<T>? outputGradient, ReadOnlySpan<Variable<T>> inputs, bool createGraph)
    {
        _ofInputs = true;
        _createGraph = createGraph;
        _results = new Variable<T>?[inputs.Length];
        for (int i = 0; i < inputs.Length; i++) _inputs.TryAdd(inputs[i], i);
        try
        {
            FindReach(output);
            Walk(output, outputGradient);
            for (int i = 0; i < inputs.Length; i++) _results[i] = _results[_inputs[inputs[i]]];
            return _results;
        }
        finally
        {
            _inputs.Clear();
            _results = [];
        }
    }

    private void FindReach(Variable<T> output)
    {
        int count = (output.Source?.Index ?? -1) + 1;
        if (_reaches.Length < count) _reaches = new bool[Math.Max(count, 2 * _reaches.Length)];
        for (int index = 0; index < count; index++)
        {
            bool reaches = false;
            foreach (Variable<T> input in tape.Operations[index].Inputs)
                reaches |= _inputs.ContainsKey(input) || (input.Source is { } source && _reaches[source.Index]);
            _reaches[index] = reaches;
        }
    }

    private void Walk(Variable<T> output, Variable<T>? outputGradient)
    {
        bool recorded = tape.IsRecording;
        tape.IsRecording = _createGraph;
        _mark = tape.Buffers.Mark;
        try
        {
            if (outputGradient is null)
            {
                outputGradient = tape.Empty(output.Shape.AsSpan());
                outputGradient.Elements.Fill(T.One);
            }
            int last = output.Source?.Index ?? -1;
            if (_pending.Length <= last) _pending = new Variable<T>?[Math.Max(last + 1, 2 * _pending.Length)];
            Add(output, outputGradient);
            for (int index = last; index >= 0; index--)
            {
                if (_pending[index] is not { } gradient) continue;
                _pending[index] = null;
                Step(tape.Operations[index], gradient);
            }
        }
        finally
        {
            tape.IsRecording = recorded;
            Array.Clear(_pending);
            _given.Clear();
            _current = null;
            if (!_createGraph) tape.Buffers.ReturnUnheld(_mark);
        }
    }

    private void Step(Operation<T> operation, Variable<T> gradient)
    {
        int mark = tape.Buffers.Mark;
        if (_ofInputs && _inputs.TryGetValue(operation.Output, out int place)) Add(ref _results[place], gradient);
        _current = operation;
        operation.Gradient(gradient, this);
        // Only now: a sum in place would change what the operation may still read.
        foreach ((int input, Variable<T> given) in _given) Add(operation.Inputs[input], given);
        _given.Clear();
        if (_createGraph) return;
        PooledBuffer<T> buffer = gradient.Buffer;
        if (--buffer.References == 0 && buffer.Place >= _mark && buffer.Place < mark) tape.Buffers.Return(buffer);
        tape.Buffers.ReturnUnheld(mark);
    }

    private void Add(Variable<T> variable, Variable<T> gradient)
    {
        if (variable.Source is { } source)
        {
            Add(ref _pending[source.Index], gradient);
        }
        else if (_ofInputs)
        {
            if (_inputs.TryGetValue(variable, out int place)) Add(ref _results[place], gradient);
        }
        else if (variable is Parameter<T> parameter)
        {
            parameter.AddGradient(gradient, tape.Runner);
        }
        else
        {
            Variable<T>? sum = variable.Gradient;
            Add(ref sum, gradient);
            variable.Gradient = sum;
        }
    }

    private void Add(ref Variable<T>? sum, Variable<T> gradient)
    {
        if (sum is null)
        {
            gradient.Buffer.References++;
            sum = gradient;
        }
        else if (_createGraph)
        {
            sum = Functions.Add(sum, gradient);
        }
        else
        {
            if (sum.Buffer.References > 1 || sum.Buffer.Place < _mark)
            {
                // Another gradient, or the user, still has it.
                sum.Buffer.References--;
                sum = Functions.Add(sum, gradient);
                sum.Buffer.References++;
                return;
            }
            new Accumulation<T>(sum, gradient).Run(tape.Runner);
        }
    }
}
