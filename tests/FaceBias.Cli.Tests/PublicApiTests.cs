using FaceBias.Tests;

namespace FaceBias.Cli.Tests;

/// <summary>The public API of every floor below the command line.</summary>
public class PublicApiTests
{
    [Theory]
    [InlineData("FaceBias.Primitives")]
    [InlineData("FaceBias.Onnx")]
    [InlineData("FaceBias.Auditing")]
    [InlineData("FaceBias.Synthesis")]
    [InlineData("FaceBias.Core")]
    [InlineData("FaceBias.ImageSharp")]
    [InlineData("FaceBias.Reporting")]
    [InlineData("FaceBias.Exporting")]
    [InlineData("FaceBias.Server")]
    [InlineData("FaceBias.Workflows")]
    [InlineData("FaceBias.Storage")]
    [InlineData("FaceBias.Clusters")]
    public void It_is_as_accepted(string assembly) => Assert.Null(PublicApi.Difference(assembly));
}
