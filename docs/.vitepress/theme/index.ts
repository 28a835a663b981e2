// Without the fonts: readers have good ones, and nothing is fetched that is not text.
import DefaultTheme from "vitepress/theme-without-fonts";
import "./style.css";

export default DefaultTheme;
